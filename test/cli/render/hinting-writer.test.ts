import { expect, test } from "vitest";
import { hintingWriter } from "../../../src/cli/render/hinting-writer.ts";
import { runCli } from "../../support/cli.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { textWriter } from "./text-writer.ts";

function shown(text: string, called: string | undefined): string {
  const out = textWriter();
  hintingWriter(out, () => called).write(text);
  return out.text();
}

test("a hint names the command that works where Tidegate is one of the project's packages, on all of its lines", () => {
  const text = [
    "error: tidegate run was refused",
    "  \u001b[36mhint:\u001b[39m tidegate stop --all, or `tidegate status` (/opt/tidegate run stays)",
    "        tidegate env list",
    "  | tidegate run",
  ];
  expect(shown(text.join("\n"), "npx --no tidegate").split("\n")).toEqual([
    text[0],
    "  \u001b[36mhint:\u001b[39m npx --no tidegate stop --all, or `npx --no tidegate status` (/opt/tidegate run stays)",
    "        npx --no tidegate env list",
    text[3],
  ]);
  expect(shown(text.join("\n"), undefined)).toBe(text.join("\n"));
});

test("so does the program itself", async () => {
  const cwd = tempFolder({ "node_modules/.bin/tidegate": "", "pnpm-lock.yaml": "", ".git/HEAD": "" });
  expect((await runCli(["check"], { cwd })).stderr).toContain("hint: Run `pnpm exec tidegate init`");
});
