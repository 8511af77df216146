import { chmodSync } from "node:fs";
import { join } from "node:path";
import { draftDefinition } from "../../../src/app/init/init.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** What `init` would write where only these programs are on the PATH, each a shell script; comments as one line each. */
export async function draftWith(
  files: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string>> = {},
): Promise<string> {
  const scripts = Object.entries(programs).map(([name, script]) => [name, `#!/bin/sh\n${script}\n`]);
  const bin = tempFolder(Object.fromEntries(scripts), "bin");
  for (const name of Object.keys(programs)) chmodSync(join(bin, name), 0o755);
  const { text } = await draftDefinition({
    folder: tempFolder(files, "shop"),
    env: { PATH: bin, TIDEGATE_STATE: join(bin, "state") },
  });
  return text.replaceAll("\n// ", " ");
}
