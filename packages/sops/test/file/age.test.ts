import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireProgram } from "../../../../test/support/require.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { parseSops } from "../../src/file/parse-sops.ts";
import { encrypt, makeKey, opened, printed, unwrap } from "./support/files.ts";

test("the age program opens what we wrap, and we open what it wraps", async (context) => {
  requireProgram(context, "age", "age");
  const key = await makeKey();
  const folder = tempFolder();
  writeFileSync(join(folder, "key"), key.identity, { mode: 0o600 });
  const age = (options: readonly string[], input: string | Buffer) =>
    spawnSync("age", options, { cwd: folder, input }).stdout;
  const text = await encrypt("yaml", "a: x\n", { recipients: [key.recipient] });
  const enc = await wrapOf(text);
  const dataKey = age(["-d", "-i", "key"], enc);
  expect(dataKey).toHaveLength(32);
  const wrapped = age(["-a", "-r", key.recipient], dataKey).toString();
  const indented = (wrap: string) => wrap.replace(/^(?=.)/gm, "        ");
  const other = text.replace(indented(enc), () => indented(wrapped));
  expect(await wrapOf(other)).toBe(wrapped);
  expect(await printed(await opened("yaml", other, key.identity))).toContain("a: ENC[");
});

async function wrapOf(text: string): Promise<string> {
  return unwrap(await parseSops("f.yaml", Buffer.from(text))).metadata.keyGroups[0]?.age[0]?.enc ?? "";
}
