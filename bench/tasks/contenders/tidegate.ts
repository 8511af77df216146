import { cpSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

const root = join(import.meta.dirname, "../../..");

/** The built package of this repository, as a copy in `folder`: nobody builds it anew while it is measured. */
export function tidegate(folder: string): Contender {
  cpSync(join(root, "dist"), join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  return { ...contender, command: () => ({ file: process.execPath, args: [join(folder, "dist/bin.js"), "run"] }) };
}

const contender: Omit<Contender, "command"> = {
  name: "tidegate",
  pins: {},
  setUp: () => ({
    files: { "tidegate.config.ts": definition },
    manifest: () => ({ scripts: commands }),
  }),
  state: [".tidegate"],
};

const definition = `import { defineProject, workspace } from "tidegate";

const packages = workspace({
  build: { needs: ["^build"], inputs: ["src/**"], outputs: ["dist/"] },
  test: { needs: ["build"], inputs: [], stage: "verify" },
});

export default defineProject({ name: "bench", pipeline: {}, packages });
`;
