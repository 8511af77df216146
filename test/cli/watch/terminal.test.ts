import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { binFile } from "../../support/cli.ts";
import { writeFiles } from "../../support/temp-folder.ts";
import { scriptProject } from "../project.ts";

const hide = "\u001b[?25l";
const show = "\u001b[?25h";

describe.skipIf(!existsSync("/usr/bin/script"))("watching on a terminal (skipped where there is no script(1))", () => {
  it("has a status line while it waits, and gives the cursor back at the end", async () => {
    const cwd = scriptProject(`const say = task({ run: "node say.mjs", inputs: ["say.mjs"] });`, { "say.mjs": "" });
    const command = `exec "${process.execPath}" "${binFile()}" run --watch`;
    const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
      cwd,
      env: {
        PATH: process.env.PATH,
        HOME: "/",
        SHELL: "/bin/sh",
        TERM: "xterm",
        LANG: "C.UTF-8",
        NODE_DISABLE_COMPILE_CACHE: "1",
      },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const status = "waiting for changes in 2 files; Ctrl-C ends";
    let shown = "";
    let step = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      const waits = shown.split(status).length - 1;
      if (step === 0 && waits === 1) writeFiles(cwd, { "say.mjs": "//" });
      if (step === 1 && waits === 2) child.stdin.write("\u0003");
      step = Math.max(step, Math.min(waits, 2));
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(shown).toMatch(
      /run 1[\s\S]* succeeded[\s\S]*waiting for changes[\s\S]*say\.mjs[\s\S]* changed[\s\S]*run 2[\s\S]* succeeded/,
    );
    expect(shown.lastIndexOf(show)).toBeGreaterThan(shown.lastIndexOf(hide));
  });
});
