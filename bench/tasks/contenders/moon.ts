import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands, type Package } from "../workspace.ts";

export const moon: Contender = {
  name: "moon",
  pins: { "@moonrepo/cli": "2.5.5" },
  setUp: (packages) => ({
    files: {
      ".moon/workspace.yml": workspace,
      ".moon/tasks/all.yml": tasks,
      ...Object.fromEntries(packages.map((each) => [`${each.folder}/moon.yml`, project(each)])),
    },
    manifest: () => ({ scripts: {} }),
  }),
  command: (_, tools) => ({
    file: process.execPath,
    args: [join(tools, "node_modules/@moonrepo/cli/moon.js"), "run", ":build", ":test", "--quiet"],
  }),
  state: [".moon/cache"],
  environment: { MOON_TOOLCHAIN_FORCE_GLOBALS: "true", PROTO_OFFLINE: "true", MOON_TELEMETRY: "false" },
};

const workspace = `projects: ["packages/*"]
vcs: { client: git, defaultBranch: main }
telemetry: false
daemon: false
`;

const tasks = `tasks:
  build:
    script: ${JSON.stringify(commands.build)}
    deps: ["^:build"]
    inputs: ["src/**/*", "package.json"]
    outputs: ["dist"]
    toolchains: system
  test:
    script: ${JSON.stringify(commands.test)}
    deps: ["~:build"]
    inputs: ["package.json", "dist/**/*"]
    toolchains: system
`;

function project({ needs }: Package): string {
  return `language: javascript\ndependsOn: ${JSON.stringify(needs.map((need) => need.slice("@bench/".length)))}\n`;
}
