import { type ImportedConfig, importConfig } from "../../../app/config/import.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { shellWord } from "../../../errors/shell-word.ts";
import { ask, mayAsk } from "../../ask/ask.ts";
import { type Context, portsOf } from "../../context.ts";
import { marks } from "../../render/marks.ts";
import { palette } from "../../render/palette.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { safeLine } from "../../render/safe-text.ts";
import { defineVerb } from "../../verb.ts";

export const importVerb = defineVerb({
  name: "import",
  summary: "Make typed config from dotenv files",
  usage: ["config import <file…> [options]"],
  description:
    "Prints config for the definition from the files: schemas guessed from the values, and the values themselves. A file\n" +
    "called .env.<environment>, or given as <environment>=<file>, is that environment's; others count for all. Keys that are not\n" +
    "the same everywhere are declared differs. What looks like a secret becomes secret(…), and its value is not printed; in a\n" +
    "terminal, you are asked about doubtful ones; elsewhere, and with --yes, they are taken for secrets, with a note.",
  examples: [
    { command: "tidegate config import .env", explains: "prints the code to paste" },
    { command: "tidegate config import .env.staging .env.production --out config.ts", explains: "writes a module" },
  ],
  arguments: [{ name: "file", summary: "A dotenv file, or environment=file", required: true, many: true }],
  options: {
    out: { kind: "text", value: "FILE", summary: "Write it to a file that does not exist yet", short: "o" },
    yes: { kind: "flag", summary: "Yes, what may be a secret is one: ask nothing" },
  },
  run: async (context, { arguments: files, options: { out, yes } }) => {
    const isAsked = mayAsk(context) && !yes;
    const isSecret = (key: string) => ask(context, `Is ${safeLine(key)} a secret? Its value may be one.`, "yes");
    const imported = await importConfig(portsOf(context), { files, out, ...(isAsked && { isSecret }) });
    if (!imported.ok) return reportFailures(context, imported.failures);
    const { code, keys } = imported.value;
    const record = { type: "configImported", keys, ...(out === undefined ? { code } : { out }) };
    if (context.json) context.stdout.write(`${JSON.stringify(record)}\n`);
    else if (out === undefined) context.stdout.verbatim(code);
    remark(context, imported.value);
    return exitCodes.done;
  },
});

const remarks = {
  notUnderstood: "is neither a variable nor a comment, and is left out",
  unclosedQuote: "has an unclosed quote; it is taken as it is",
  variablesInside: "has lines in its quotes that look like variables: is a quote missing?",
  again: "appears a second time; this one counts",
  reference: "refers to another variable, which stays as it is",
} as const;

function remark({ stderr }: Context, { files, keys }: ImportedConfig): void {
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
  const secrets = keys.filter(({ kind }) => kind === "secret");
  if (secrets.length === 0) return;
  const [doubtful, sure] = [true, undefined].map((doubt) =>
    secrets.filter(({ isDoubtful }) => isDoubtful === doubt).map(({ key }) => key),
  ) as [string[], string[]];
  if (sure.length > 0) warn(`values not taken over, because they look like secrets: ${sure.join(", ")}`);
  if (doubtful.length > 0)
    warn(
      `taken for secrets, although they may not be: ${doubtful.join(", ")}; write a plain schema for those that are not`,
    );
  for (const { name, environment } of files) {
    stderr.write(
      `  once the keys are in the definition: tidegate secrets import ${shellWord(name)} --env ${environment ?? "ENVIRONMENT"}\n`,
    );
  }
}
