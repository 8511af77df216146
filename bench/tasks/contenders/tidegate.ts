import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

const root = join(import.meta.dirname, "../../..");

/** The built package of this repository. */
export const tidegate: Contender = {
  name: "tidegate",
  pins: {},
  setUp: () => ({
    files: { "tidegate.config.ts": definition },
    manifest: () => ({ scripts: commands }),
  }),
  command: () => ({ file: process.execPath, args: [join(root, "dist/bin.js"), "run"] }),
  state: [".tidegate"],
};

const definition = `import { defineProject, workspace } from "tidegate";

const packages = workspace({
  build: { needs: ["^build"], inputs: ["src/**"], outputs: ["dist/"] },
  test: { needs: ["build"], inputs: [], stage: "verify" },
});

export default defineProject({ name: "bench", pipeline: {}, packages });
`;
