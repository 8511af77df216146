import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

export const lage: Contender = {
  name: "lage",
  pins: { lage: "2.17.0" },
  startsNpm: true,
  setUp: () => ({
    files: { "lage.config.js": config },
    manifest: () => ({ scripts: commands }),
  }),
  command: (_, tools) => ({
    file: process.execPath,
    args: [
      join(tools, "node_modules/lage/dist/lage.js"),
      "build",
      "test",
      "--log-level",
      "error",
      "--concurrency",
      "2",
    ],
  }),
  state: ["node_modules/.cache"],
  packageState: ["node_modules/.cache"],
};

const config = `module.exports = {
  npmClient: "npm",
  pipeline: { build: { dependsOn: ["^build"], inputs: ["src/**", "package.json"], outputs: ["dist/**"] }, test: { dependsOn: ["build"], inputs: ["package.json"], outputs: [] } },
  cacheOptions: { outputGlob: ["dist/**"], environmentGlob: ["lage.config.js"] },
};
`;
