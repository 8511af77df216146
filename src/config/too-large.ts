import type { Problem } from "../definition/problem.ts";
import type { Project } from "../definition/types.ts";
import { Secret } from "../secrets/secret.ts";
import type { ResolvedValue } from "./resolved.ts";

/**
 * The bytes of `NAME=value` that Linux gives a process at most: MAX_ARG_STRLEN, 32 pages of 4096 bytes with the NUL at the
 * end (execve(2)). 131,072 − 1 = 131,071.
 */
const longestVariable = 131_071;

/**
 * The bytes of all variables with their NULs and pointers: ARG_MAX, a quarter of the usual stack of 8 MiB, without
 * 64 KiB for the arguments and what the agent adds. 2,097,152 − 65,536 = 2,031,616.
 */
const longestEnvironment = 2_031_616;

const bytesOfPointer = 8;

/** What no process could be started with. Services that take their config as a file only are given no variables. */
export function tooLarge(
  { services }: Pick<Project, "services">,
  environment: string,
  values: readonly ResolvedValue[],
): Problem[] {
  if (Object.values(services).every(({ configFile }) => configFile === "only")) return [];
  const sizes = values.flatMap((value) =>
    value.text === undefined ? [] : [{ value, bytes: bytesOf(value.key, value.text) }],
  );
  const single = sizes.filter(({ bytes }) => bytes > longestVariable);
  if (single.length > 0) return single.map(({ value, bytes }) => problemOf(environment, value, bytes));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes + 1 + bytesOfPointer, 0);
  const largest = sizes.toSorted((one, other) => other.bytes - one.bytes)[0]?.value;
  if (total <= longestEnvironment || largest === undefined) return [];
  const message = `The config of environment "${environment}" takes ${digits(total)} bytes, more than all environment variables of a process can hold together (${digits(longestEnvironment)} on Linux)`;
  return [{ code: "config-invalid", path: pathOf(environment, largest), message, hint }];
}

const hint =
  'Have services take their config as a file, which may be of any size: `service({ configFile: "only" })`; they find it by ' +
  "TIDEGATE_CONFIG_FILE.";

function problemOf(environment: string, value: ResolvedValue, bytes: number): Problem {
  const most = `more than an environment variable can hold (${digits(longestVariable)} on Linux)`;
  const isSecret = value.kind === "secret";
  const message = isSecret
    ? `The secret ${value.key} of environment "${environment}" takes ${most}`
    : `${value.key} of environment "${environment}" takes ${digits(bytes)} bytes with its name, ${most}`;
  const code = isSecret ? "secret-invalid" : "config-invalid";
  return { code, path: pathOf(environment, value), message, hint };
}

/** What was set by hand stands in no file; the key does. */
function pathOf(environment: string, { key, kind, layers }: ResolvedValue): Problem["path"] {
  const isOwn = kind === "differs" && layers.some(({ layer, won }) => layer === "environment" && won);
  return isOwn ? ["environments", environment, "config", key] : ["config", key];
}

function bytesOf(key: string, text: string | Secret): number {
  return Buffer.byteLength(`${key}=${text instanceof Secret ? text.reveal() : text}`);
}

/** 131071 → 131,071 */
function digits(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
