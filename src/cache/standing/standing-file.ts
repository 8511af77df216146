import { readFileSync } from "node:fs";
import { isRecord } from "../../files/is-record.ts";
import { writeQuickly } from "../../files/write-quickly.ts";
import type { CacheKey } from "../../secrets/cache-key.ts";
import { type Facts, width } from "./facts.ts";

/**
 * A run in which every task was a hit, with all that says so: as long as the same call in the same circumstances finds
 * the same facts, the same run would be the outcome again.
 */
export interface Standing {
  /** What the outcome depends on besides the disk: see `circumstancesOf`. */
  readonly circumstances: string;
  /** Names of the variables that tasks declare. */
  readonly variables: readonly string[];
  /** The run's events, as JSON. */
  readonly events: string;
  /** The tasks of the run's record, as JSON. */
  readonly tasks: string;
  /** What was decided by, and behind it the outputs of the tasks. */
  readonly facts: Facts;
  /** In the order of the facts. */
  readonly outputs: readonly TaskOutputs[];
}

/** The facts about what one task wrote: the next `count` ones. */
export interface TaskOutputs {
  readonly task: string;
  readonly count: number;
  /** false: they had just been written, so that there are no facts about them. */
  readonly areSettled: boolean;
  /** The paths below which all of it is; absent when patterns with wildcards say what it is. */
  readonly bases?: readonly string[];
}

const form = "tidegate-standing 4";
const codeLength = 64;

interface Head extends Pick<Standing, "circumstances" | "variables" | "outputs">, Pick<Facts, "followed" | "ownAgain"> {
  readonly form: typeof form;
  /** Of paths, events and tasks, in bytes. */
  readonly lengths: readonly number[];
}

/** @throws the system's error. */
export function writeStanding(path: string, key: CacheKey, { facts, events, tasks, ...known }: Standing): void {
  const texts = [facts.paths.join("\0"), events, tasks].map((text) => Buffer.from(text));
  const { followed, ownAgain } = facts;
  const head: Head = { form, ...known, followed, ownAgain, lengths: texts.map(({ length }) => length) };
  const numbers = Buffer.from(facts.numbers.buffer, facts.numbers.byteOffset, facts.numbers.byteLength);
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), ...texts, numbers]);
  writeQuickly(path, Buffer.concat([Buffer.from(key.codeOf("standing", body)), body]));
}

/** `undefined` when there is none, or it is not exactly what was written with this key. */
export function readStanding(path: string, key: CacheKey): Standing | undefined {
  try {
    const whole = readFileSync(path);
    const body = whole.subarray(codeLength);
    if (whole.toString("latin1", 0, codeLength) !== key.codeOf("standing", body)) return undefined;
    return parseBody(body);
  } catch {
    return undefined;
  }
}

/** The code was right: this is what was written, unless another version wrote it. */
function parseBody(body: Buffer): Standing | undefined {
  const end = body.indexOf("\n");
  const head: unknown = JSON.parse(body.toString("utf8", 0, end));
  if (!isRecord(head) || head.form !== form) return undefined;
  const { circumstances, variables, outputs, followed, ownAgain, lengths } = head as unknown as Head;
  const texts: string[] = [];
  let at = end + 1;
  for (const length of lengths) {
    texts.push(body.toString("utf8", at, at + length));
    at += length;
  }
  const [paths = "", events = "", tasks = ""] = texts;
  // Numbers have to begin at a multiple of their size.
  const numbers = new Float64Array(Uint8Array.prototype.slice.call(body, at).buffer);
  const facts = { paths: paths.split("\0"), followed, ownAgain, numbers };
  if (facts.paths.length * width !== numbers.length) return undefined;
  return { circumstances, variables, outputs, events, tasks, facts };
}
