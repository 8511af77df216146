import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Dotenv, parseDotenv } from "../../../config/import/parse-dotenv.ts";
import { type ImportedFile, type ImportedKey, importDotenv } from "../../../config/import/print.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { shellWord } from "../../../errors/shell-word.ts";
import { fileFailure } from "../../../files/file-failure.ts";
import type { Context } from "../../context.ts";
import { marks } from "../../render/marks.ts";
import { palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

export const importVerb = defineVerb({
  name: "import",
  summary: "Make typed config of dotenv files",
  usage: ["config import <file…> [options]"],
  description:
    "Prints the definition's config for what the files say: schemas by what the values look like, and the values. A file\n" +
    "called .env.<environment>, or given as <environment>=<file>, is that environment's; others count for all. Keys that are not\n" +
    "the same everywhere are declared differs. What looks like a secret becomes secret(…), and its value is not printed.",
  examples: [
    { command: "tidegate config import .env", explains: "prints the code to paste" },
    { command: "tidegate config import .env.staging .env.production --out config.ts", explains: "writes a module" },
  ],
  arguments: [{ name: "file", summary: "A dotenv file, or environment=file", required: true, many: true }],
  options: { out: { kind: "text", value: "FILE", summary: "Write it to a file that is not there yet", short: "o" } },
  run: async (context, call) => {
    const read = call.arguments.map((argument) => readOne(context, argument));
    const failures = read.flatMap((one) => (one.ok ? [] : one.failures));
    if (failures.length > 0) return reportFailures(context, failures);
    const files = read.flatMap((one) => (one.ok ? [one.value] : []));
    const { code, keys } = importDotenv(files);
    const written = give(context, call.options.out, code, keys);
    if (!written.ok) return reportFailures(context, written.failures);
    remark(context, files, keys);
    return exitCodes.done;
  },
});

interface ReadFile extends ImportedFile {
  readonly name: string;
  readonly remarks: Dotenv["remarks"];
}

/** Files like these are said to be for everybody, or for one machine. */
const ofNoEnvironment = new Set(["local", "example", "sample", "template", "defaults", "dist"]);

function readOne({ cwd }: Context, argument: string): Result<ReadFile> {
  const [, named, path = argument] = /^([a-z][a-z0-9-]*)=(.+)$/.exec(argument) ?? [];
  const ofName = /^\.env\.([a-z][a-z0-9-]*)$/.exec(basename(path))?.[1];
  const environment = named ?? (ofName !== undefined && !ofNoEnvironment.has(ofName) ? ofName : undefined);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(resolve(cwd, path)));
    const { entries, remarks } = parseDotenv(text);
    return ok({ name: path, entries, remarks, ...(environment !== undefined && { environment }) });
  } catch (error) {
    const cause = causeOf(error);
    return failed({ code: "bad-arguments", message: `${path} cannot be read`, cause });
  }
}

function causeOf(error: unknown): string {
  if (error instanceof TypeError) return "It is not UTF-8 text.";
  return (error as NodeJS.ErrnoException).code === "ENOENT" ? "There is no such file." : String(error);
}

function give(
  { cwd, stdout, json }: Context,
  out: string | undefined,
  code: string,
  keys: readonly ImportedKey[],
): Result<void> {
  if (out !== undefined) {
    const path = resolve(cwd, out);
    if (existsSync(path)) {
      return failed({
        code: "file-exists",
        message: `${out} is already there`,
        hint: "Give another name, or none to see the code.",
      });
    }
    try {
      writeFileSync(path, code, { flag: "wx" });
    } catch (error) {
      return failed(fileFailure(error, out) ?? { code: "not-writable", message: `${out} cannot be written` });
    }
  }
  if (json)
    stdout.write(`${JSON.stringify({ type: "configImported", keys, ...(out === undefined ? { code } : { out }) })}\n`);
  else if (out === undefined) stdout.write(code);
  return ok();
}

const remarks = {
  notUnderstood: "is neither a variable nor a comment, and is left out",
  unclosedQuote: "has a quote that is not closed; it is taken as it stands",
  variablesInside: "has lines in its quotes that look like variables: is a quote missing?",
  again: "is there a second time; this one counts",
  reference: "refers to another variable, which stays as it is",
} as const;

function remark({ stderr }: Context, files: readonly ReadFile[], keys: readonly ImportedKey[]): void {
  const colors = palette(stderr.color);
  const warn = (text: string) => stderr.write(`${colors.warn(marks.warning)} ${text}\n`);
  for (const { name, remarks: found } of files) {
    for (const { line, key, remark } of found) warn(`${name}:${line}: ${key ?? "this line"} ${remarks[remark]}`);
  }
  for (const { key, because } of keys.filter(({ kind }) => kind === "leftOut")) {
    warn(
      because === "reserved"
        ? `${key} is left out: Tidegate sets it itself`
        : `${key} is left out: it cannot be a config key`,
    );
  }
  const secrets = keys.filter(({ kind }) => kind === "secret").map(({ key }) => key);
  if (secrets.length === 0) return;
  warn(`values not taken over, they look like secrets: ${secrets.join(", ")}`);
  for (const { name, environment } of files) {
    stderr.write(
      `  once the keys are in the definition: tidegate secrets import ${shellWord(name)} --env ${environment ?? "ENVIRONMENT"}\n`,
    );
  }
}
