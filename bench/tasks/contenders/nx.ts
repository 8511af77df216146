import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

export const nx: Contender = {
  name: "nx",
  pins: { nx: "24.0.6" },
  startsNpm: true,
  setUp: () => ({ files: { "nx.json": JSON.stringify(config) }, manifest: () => ({ scripts: commands }) }),
  command: (_, tools) => ({
    file: process.execPath,
    args: [join(tools, "node_modules/nx/dist/bin/nx.js"), "run-many", "-t", "build", "test", "--output-style=static"],
  }),
  state: [".nx"],
  environment: { NX_DAEMON: "false", NX_NO_CLOUD: "true", NX_TUI: "false", NX_SKIP_LOG_GROUPING: "true" },
};

const config = {
  neverConnectToCloud: true,
  analytics: false,
  targetDefaults: {
    build: {
      cache: true,
      dependsOn: ["^build"],
      inputs: ["{projectRoot}/src/**", "{projectRoot}/package.json"],
      outputs: ["{projectRoot}/dist"],
    },
    test: {
      cache: true,
      dependsOn: ["build"],
      inputs: ["{projectRoot}/package.json", { dependentTasksOutputFiles: "**/*" }],
    },
  },
};
