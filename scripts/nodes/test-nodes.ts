import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../../src/launcher/cache-folder.ts";

/** The versions of Node that a project may be on when Tidegate is installed in it, each with the npm that comes with it. */
export const testNodes = { 18: "10", 20: "10", 22: "10", 24: "11" } as const;

export type TestNode = keyof typeof testNodes;

/** Another package manager, which runs no script of a package unless it is allowed to. */
export const testPnpm = "10";

/** What `PATH` begins with so that `node`, `npm` and `npx` are of this version; `undefined`: it is not there. */
export function testNodeFolder(version: TestNode): string | undefined {
  return folderWith(String(version), "node");
}

/** The same for `pnpm`. */
export function testPnpmFolder(): string | undefined {
  return folderWith("pnpm", "pnpm");
}

/** Where they are kept: beside what Tidegate keeps for itself, which must not find them. */
export function testNodesHome(): string | undefined {
  return cacheFolder("test-nodes", process.env);
}

function folderWith(name: string, program: string): string | undefined {
  const home = testNodesHome();
  const folder = home && join(home, name, "bin");
  return folder && existsSync(join(folder, program)) ? folder : undefined;
}
