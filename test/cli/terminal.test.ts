import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { binFile } from "../support/cli.ts";
import { scriptProject } from "./project.ts";

const hasScript = existsSync("/usr/bin/script");
const hide = "\u001b[?25l";
const show = "\u001b[?25h";

const project = () =>
  scriptProject(`const hold = task({ run: "node hold.mjs" });`, {
    "hold.mjs": `console.log("holding"); if (process.env.HOME !== "/quick") setInterval(() => {}, 1000);`,
  });

/** Runs the program on a terminal of its own; when a text appears there, another is typed. Resolves with all that was shown and the exit code. */
async function onTerminal(
  env: Readonly<Record<string, string>>,
  typing?: { readonly when: string; readonly type: string },
): Promise<{ readonly shown: string; readonly code: number | null }> {
  const command = `exec "${process.execPath}" "${binFile()}" run`;
  const { PATH } = process.env;
  const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
    cwd: project(),
    env: { PATH, HOME: "/", SHELL: "/bin/sh", TERM: "xterm", LANG: "C.UTF-8", NODE_DISABLE_COMPILE_CACHE: "1", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let shown = "";
  let left = typing;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    if (left === undefined || !shown.includes(left.when)) return;
    child.stdin.write(left.type);
    left = undefined;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { shown, code };
}

describe.skipIf(!hasScript)("on a terminal (skipped where there is no script(1))", () => {
  it("redraws while it runs and gives the cursor back, then the table stays", async () => {
    const { shown, code } = await onTerminal({ HOME: "/quick" });
    expect(shown.lastIndexOf(show)).toBeGreaterThanOrEqual(shown.lastIndexOf(hide));
    expect(shown).toContain("succeeded in");
    expect(code).toBe(0);
  });

  it("gives the cursor back after Ctrl-C", async () => {
    const { shown, code } = await onTerminal({}, { when: "holding", type: "\u0003" });
    expect(shown).toContain(hide);
    expect(shown.lastIndexOf(show)).toBeGreaterThan(shown.lastIndexOf(hide));
    expect(shown).toContain("was cancelled after");
    expect(code).toBe(130);
  });

  it.each([[{ TERM: "dumb" }], [{ CI: "true" }]])("never redraws with %j", async (env) => {
    const { shown, code } = await onTerminal({ HOME: "/quick", ...env });
    expect(shown).not.toContain("\u001b[?25");
    expect(stripVTControlCharacters(shown)).toContain("hold | holding");
    expect(code).toBe(0);
  });
});
