import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands, type Package } from "../workspace.ts";

/** Called as npm calls it, but without npm: its own time is what counts. */
export const wireit: Contender = {
  name: "wireit",
  pins: { wireit: "0.14.13" },
  setUp: (packages) => ({
    files: {},
    rootManifest: {
      scripts: { all: "wireit" },
      wireit: { all: { dependencies: packages.map(({ folder }) => `./${folder}:test`) } },
    },
    manifest: (each) => ({ scripts: { build: "wireit", test: "wireit" }, wireit: tasks(each) }),
  }),
  command: (_, tools) => ({ file: process.execPath, args: [join(tools, "node_modules/wireit/bin/wireit.js")] }),
  state: [".wireit"],
  packageState: [".wireit"],
  environment: {
    npm_lifecycle_event: "all",
    npm_config_user_agent: "npm/11.0.0",
    WIREIT_CACHE: "local",
    WIREIT_LOGGER: "quiet",
    WIREIT_PARALLEL: "2",
  },
};

function tasks({ needs }: Package): object {
  const folderOf = (name: string) => `../${name.slice("@bench/".length)}`;
  return {
    build: {
      command: commands.build,
      dependencies: needs.map((need) => `${folderOf(need)}:build`),
      files: ["src/**", "package.json"],
      output: ["dist/**"],
    },
    test: { command: commands.test, dependencies: ["build"], files: ["package.json"], output: [] },
  };
}
