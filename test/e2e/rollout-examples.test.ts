import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { blocks } from "../docs/pages.ts";
import { binFile } from "../support/cli.ts";
import { processesIn } from "../support/processes.ts";
import { freePort } from "../support/project.ts";
import { removeTree } from "../support/remove-tree.ts";
import { requireProgram } from "../support/require.ts";

/*
 * The examples of docs/rollouts.md, as printed but for the port: bash runs the commands, what stands behind `#` is what they
 * answer, and what is said to be seen is seen, in that order.
 */

const examples = (language: string, name: string) =>
  blocks(language)
    .filter(({ page, words }) => page === "docs/rollouts.md" && words.includes(`example=${name}`))
    .map(({ text }) => text);

test.for(["rolling", "recreate", "blueGreen", "canary"])(
  "the example of %s runs as it is printed",
  async (name, context) => {
    requireProgram(context, "curl", "curl");
    requireProgram(context, "perl", "perl");
    const folder = userFolder();
    const port = String(await freePort());
    const here = (text: string) => text.replaceAll("8080", port);
    const [definition, commands, seen] = [
      ...examples("ts", name),
      ...examples("bash", name),
      ...examples("text", name),
    ] as [string, string, string];
    for (const file of ["server.mjs", "version.mjs"])
      writeFileSync(join(folder, "project", file), examples("js", file)[0]!);
    writeFileSync(join(folder, "project", "tidegate.config.ts"), here(definition));

    const said = runAll(here(commands), folder);
    const promised = [...commands.matchAll(/^(?:curl|echo) .*# (.+)$/gm)].map((match) => match[1]);
    expect(promised.length, said).toBeGreaterThan(1);
    expect(
      said.split("\n").filter((line) => /^(one|two|exit code \d+)$/.test(line)),
      said,
    ).toEqual(promised);
    expect(notSeen(seen, said), said).toEqual([]);
  },
);

/** Which of the lines are not among what was said, from where the line before them was. */
function notSeen(lines: string, said: string): string[] {
  const alike = (text: string) => text.replaceAll(/\b[0-9a-f]{8}\b/g, "RELEASE").split("\n");
  let left = alike(said);
  return alike(lines.trimEnd()).filter((line) => {
    const at = left.findIndex((one) => one.includes(line));
    if (at >= 0) left = left.slice(at + 1);
    return at < 0;
  });
}

/** Where everything of an example is, gone when the test has finished, with what still runs there. */
function userFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "tidegate-rollouts-")));
  for (const name of ["project", "bin", "run"]) mkdirSync(join(folder, name), { mode: 0o700 });
  const program = join(folder, "bin", "tidegate");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${binFile()}" "$@"\n`);
  chmodSync(program, 0o755);
  onTestFinished(() => {
    for (const { pid } of processesIn(folder)) process.kill(pid, "SIGKILL");
    removeTree(folder);
  });
  return folder;
}

/** All that the commands said, in the order in which they said it. Into a file: what goes on running holds no pipe open. */
function runAll(commands: string, folder: string): string {
  const log = join(folder, "said");
  const output = openSync(log, "w");
  const path = [join(folder, "bin"), dirname(process.execPath), process.env.PATH].join(delimiter);
  const env = {
    ...{ PATH: path, HOME: folder, NO_COLOR: "1", LANG: "C.UTF-8", XDG_RUNTIME_DIR: join(folder, "run") },
    ...{ XDG_STATE_HOME: join(folder, "state"), XDG_CACHE_HOME: join(folder, "cache") },
  };
  spawnSync("bash", ["-c", commands], { cwd: join(folder, "project"), env, stdio: ["ignore", output, output] });
  closeSync(output);
  return readFileSync(log, "utf8");
}
