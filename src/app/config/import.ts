import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Dotenv, parseDotenv } from "../../config/import/parse-dotenv.ts";
import { type ImportedFile, type ImportedKey, importDotenv } from "../../config/import/print.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import type { Ports } from "../ports.ts";

/** A file that was read in. */
export interface ReadFile extends ImportedFile {
  readonly name: string;
  readonly remarks: Dotenv["remarks"];
}

/** Files like these are said to be for everybody, or for one machine. */
const ofNoEnvironment = new Set(["local", "example", "sample", "template", "defaults", "dist"]);

function readOne({ cwd }: Pick<Ports, "cwd">, argument: string): Result<ReadFile> {
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

export interface ImportRequest {
  /** Dotenv files; `environment=file` says whose one is. */
  readonly files: readonly string[];
  /** A file to write the code to, which must not be there yet. */
  readonly out?: string | undefined;
  /** Asks somebody whether a key that may be a secret is one; absent where nobody is: then it is. `undefined`: interrupted. */
  readonly isSecret?: (key: string) => Promise<boolean | undefined>;
}

export interface ImportedConfig {
  /** The definition's config for what the files say. */
  readonly code: string;
  readonly keys: readonly ImportedKey[];
  readonly files: readonly ReadFile[];
}

/** Makes typed config of dotenv files. What looks like a secret becomes one, and its value is nowhere in the code. */
export async function importConfig(ports: Pick<Ports, "cwd">, request: ImportRequest): Promise<Result<ImportedConfig>> {
  const read = request.files.map((file) => readOne(ports, file));
  const failures = read.flatMap((one) => (one.ok ? [] : one.failures));
  if (failures.length > 0) return failed(...failures);
  const files = read.flatMap((one) => (one.ok ? [one.value] : []));
  const open = await askDoubtful(files, request);
  if (!open.ok) return open;
  const { code, keys } = importDotenv(files, open.value);
  const written = request.out === undefined ? ok() : writeNew(ports, request.out, code);
  return written.ok ? ok({ code, keys, files }) : written;
}

/** The keys that may be secrets and are none, as somebody says. */
async function askDoubtful(
  files: readonly ReadFile[],
  { isSecret }: ImportRequest,
): Promise<Result<ReadonlySet<string>>> {
  const open = new Set<string>();
  if (isSecret === undefined) return ok(open);
  for (const { key, isDoubtful } of importDotenv(files).keys) {
    const answer = isDoubtful ? await isSecret(key) : true;
    if (answer === undefined) return failed({ code: "interrupted", message: "Interrupted; nothing was written" });
    if (!answer) open.add(key);
  }
  return ok(open);
}

function writeNew({ cwd }: Pick<Ports, "cwd">, out: string, code: string): Result<void> {
  const path = resolve(cwd, out);
  if (existsSync(path)) {
    return failed({
      code: "file-exists",
      message: `${out} is already there`,
      hint: "Give another name, or leave --out out to see the code.",
    });
  }
  try {
    writeFileSync(path, code, { flag: "wx" });
    return ok();
  } catch (error) {
    return failed(fileFailure(error, out) ?? { code: "not-writable", message: `${out} cannot be written` });
  }
}
