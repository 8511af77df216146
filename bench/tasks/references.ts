import { join } from "node:path";
import type { Command } from "./contender.ts";
import { commands, type Package } from "./workspace.ts";

export type ReferenceName = "node -e 0" | "walk and stat" | "bare shell";

/** What no tool can be faster than, or should not be much slower than. */
export const references: Readonly<Record<ReferenceName, Command>> = {
  "node -e 0": { file: process.execPath, args: ["-e", "0"] },
  "walk and stat": { file: process.execPath, args: [join(import.meta.dirname, "walk.mjs")] },
  "bare shell": { file: "/bin/sh", args: ["all.sh"] },
};

/** All the commands in one shell script, one after the other, in an order that works. */
export function shellScript(packages: readonly Package[]): string {
  const lines = packages.flatMap(({ folder }) =>
    Object.values(commands).map((command) => `(cd ${folder} && ${command})`),
  );
  return `set -e\n${lines.join("\n")}\n`;
}
