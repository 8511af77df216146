import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mutants } from "./simulation/mutants.ts";

/** What was found of each mutant, by its name. */
async function hunted(): Promise<Map<string, { readonly seed?: number; readonly by?: string }>> {
  const script = fileURLToPath(new URL("./simulation/mutate.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const found = new Map<string, { readonly seed?: number; readonly by?: string }>();
  for await (const line of createInterface({ input: child.stdout })) {
    const { name, ...rest } = JSON.parse(line);
    found.set(name, rest);
  }
  return found;
}

test(`promise 11, 12, 14: of ${mutants.length} rollouts that are broken on purpose the simulation finds each`, async () => {
  const found = await hunted();
  expect(mutants.filter(({ name }) => found.get(name)?.seed === undefined).map(({ name }) => name)).toEqual([]);
}, 3_600_000);
