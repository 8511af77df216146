import { defineProject, task } from "tidegate";

// A task is cached by what it says it reads: every file that may change its result has to be in `inputs`.

// What somebody wrote.
const files = [
  ".ci/**",
  ".npmrc",
  "bench/**",
  "biome.json",
  "docs/**",
  "examples/**",
  "package-lock.json",
  "package.json",
  "packages/**",
  "scripts/**",
  "src/**",
  "tsconfig.json",
  "vitest.config.ts",
];

const install = task({
  run: "npm ci",
  cache: false, // each package of the workspace gets a node_modules of its own
});

const lint = task({
  run: "npm run lint",
  needs: [install],
  inputs: [
    "**",
    "!**/{*.tgz,dist,dist.*,coverage,reports,.vitest}",
    "!**/{*.tgz,dist,dist.*,coverage,reports,.vitest}/**",
  ],
  stage: "verify",
});

const typecheck = task({
  run: "npm run types",
  needs: [install],
  inputs: [...files, "test/**"],
  stage: "verify",
});

const build = task({
  run: "npm run build",
  needs: [install],
  inputs: files,
  outputs: ["dist/"],
});

const test = task({
  run: "npm test",
  needs: [build],
  inputs: [...files, "test/**"],
  stage: "verify",
});

export default defineProject({
  name: "tidegate",
  pipeline: { install, lint, typecheck, build, test },
});
