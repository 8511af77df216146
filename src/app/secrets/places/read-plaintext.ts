import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseDotenv } from "../../../config/import/parse-dotenv.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { SecretData } from "../../../secrets/provider.ts";
import type { Say } from "../../notice.ts";
import type { Ports } from "../../ports.ts";

type Values = ReadonlyMap<string, SecretData>;

/** Where a file in clear comes from: a path, or `-` and the text itself. */
export interface PlaintextCall {
  readonly file: string;
  /** Asked when the file is `-`. */
  readonly ask: () => Promise<Result<string>>;
}

/** The top-level values of a file in clear. Its content is never part of a failure. */
export async function readPlaintext(
  { cwd }: Pick<Ports, "cwd">,
  { file, ask }: PlaintextCall,
  say: Say,
): Promise<Result<Values>> {
  const text = file === "-" ? await ask() : readText(resolve(cwd, file), file);
  if (!text.ok) return text;
  if (file.endsWith(".json")) return fromJson(file, text.value);
  return /\.ya?ml$/.test(file) ? fromYaml(file, text.value) : fromDotenv(file, text.value, say);
}

function readText(path: string, shown: string): Result<string> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path)));
  } catch (error) {
    if (error instanceof TypeError) return invalid(shown, "It is not UTF-8 text");
    const cause = (error as NodeJS.ErrnoException).code ?? "unknown";
    return failed({ code: "bad-arguments", message: `${shown} cannot be read`, cause });
  }
}

function fromJson(file: string, text: string): Result<Values> {
  try {
    return ofObject(file, JSON.parse(text));
  } catch {
    return invalid(file, "It is not JSON");
  }
}

async function fromYaml(file: string, text: string): Promise<Result<Values>> {
  const yaml = await import("yaml");
  const document = yaml.parseDocument(text, { intAsBigInt: true });
  const [error] = document.errors;
  if (error !== undefined) return invalid(file, `It is not YAML: line ${error.linePos?.[0].line ?? 1}`);
  try {
    return ofObject(file, document.toJS({ maxAliasCount: 100 }));
  } catch {
    return invalid(file, "It has too many aliases");
  }
}

function fromDotenv(file: string, text: string, say: Say): Result<Values> {
  const { entries, remarks } = parseDotenv(text);
  for (const { line, remark } of remarks) {
    if (remark === "notUnderstood") return invalid(file, `It cannot be parsed: line ${line}`);
    if (remark === "unclosedQuote") return invalid(file, `A quote is not closed: line ${line}`);
    say({ notice: "plaintextRemark", file, line, remark });
  }
  return ok(new Map(entries.map(({ key, value }) => [key, value])));
}

function ofObject(file: string, data: unknown): Result<Values> {
  if (typeof data !== "object" || data === null || Array.isArray(data))
    return invalid(file, "It is not an object with keys");
  return ok(new Map(Object.entries(data).map(([key, value]) => [key, plainData(value)])));
}

/** Whole numbers beyond what JavaScript holds exactly are texts. */
function plainData(value: unknown): SecretData {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(plainData);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value as SecretData;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plainData(one)]));
}

function invalid(file: string, cause: string) {
  return failed({ code: "secret-invalid", message: `${file} cannot be imported`, cause });
}
