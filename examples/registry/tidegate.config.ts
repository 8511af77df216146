import { check, defineProject, local, rolling, service, task } from "tidegate";

const install = task({
  run: "npm ci --ignore-scripts --no-audit --no-fund",
  inputs: ["package.json", "package-lock.json"],
  outputs: ["node_modules/"],
});

const registry = service({
  run: "node start.mjs",
  files: ["start.mjs", "package.json", "node_modules/"],
  health: "/-/ping",
});

const answersNpm = check("npm-ping", 'npm ping --registry "$TIDEGATE_URL"');

export default defineProject({
  name: "team-registry",
  pipeline: { install },
  services: { registry },
  environments: {
    staging: {
      driver: local({ url: "http://registry-staging.localhost:8080" }),
      strategy: rolling(),
    },
    production: {
      driver: local({ url: "http://registry.localhost:8080" }),
      after: "staging",
      strategy: rolling(),
      gates: [answersNpm],
    },
  },
});
