import { join } from "node:path";
import * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { serviceLimits } from "../../records/service-schema.ts";
import type { Exit } from "../driver.ts";
import { type Home, type Kind, processFolder } from "./home.ts";

const identity = v.strictObject({ pid: v.pipe(v.number(), v.safeInteger(), v.minValue(2)), started: v.string() });
const exit = v.strictObject({
  code: v.nullable(v.number()),
  signal: v.nullable(v.string()),
  limit: v.exactOptional(v.literal("memory")),
});

/**
 * starting ──▶ running ──▶ ended
 *     └───────────────────▶
 * `starting` is written before the process is spawned: whoever finds it looks for the mark.
 */
const progress = v.variant("state", [
  v.strictObject({ state: v.literal("starting") }),
  v.strictObject({ state: v.literal("running"), process: identity }),
  v.strictObject({ state: v.literal("ended"), process: v.nullable(identity), exit }),
]);

const instance = v.strictObject({
  service: v.string(),
  release: v.string(),
  deployment: v.number(),
  port: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(65_535))),
  /** Keyed digests. Not `v.record`: it leaves out keys like `constructor`. */
  /** The control groups that hold it to its limits. Absent: none. */
  group: v.exactOptional(v.strictObject({ folders: v.pipe(v.array(v.string()), v.readonly()), limits: serviceLimits })),
  startedWith: v.optional(v.custom<Readonly<Record<string, string>>>(isTexts)),
});

const job = v.strictObject({ release: v.string(), deployment: v.number(), timeoutMs: v.number() });

const record = v.strictObject({
  /** 2 since jobs are looked after by a process of their own: an older driver would take it for the job. */
  version: v.picklist([1, 2]),
  /** The state folder it was written in. */
  home: v.string(),
  environment: v.string(),
  id: v.string(),
  nonce: v.string(),
  token: v.number(),
  startedAt: v.number(),
  /** Absent for jobs. */
  instance: v.optional(instance),
  /** Absent for instances, and for jobs of version 1. */
  job: v.optional(job),
  progress,
});

function isTexts(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((text) => typeof text === "string");
}

/** What is written down about an instance or a job: enough to find its processes, nothing of its environment. */
export type ProcessRecord = v.InferOutput<typeof record>;
/** How far a start has come. */
export type Progress = ProcessRecord["progress"];
/** What is true of a start once it was looked at. */
export type RunningOrEnded = Exclude<Progress, { state: "starting" }>;

const names: Record<Kind, string> = { instances: "instance.json", jobs: "job.json" };

/** @throws the system's error when the disk refuses; give it to `fileFailure`. */
export function writeRecord(home: Home, kind: Kind, value: ProcessRecord): void {
  writeFileAtomic(recordPath(home, kind, value.environment, value.id), `${JSON.stringify(value, null, 2)}\n`);
}

/** `undefined` when there is none, or only the copy of one that belongs to another state folder. */
export function readRecord(home: Home, kind: Kind, environment: string, id: string): Result<ProcessRecord | undefined> {
  const path = recordPath(home, kind, environment, id);
  const text = readTextIfThere(path, { forgive: ["ENOENT", "ENOTDIR"] });
  if (text === undefined) return ok(undefined);
  const parsed = parse(text);
  if (parsed === "newer") return failed(newer(path));
  if (parsed === undefined || !belongs(parsed, kind, environment, id)) return failed(damaged(path, environment));
  return ok(isCopy(home, kind, parsed) ? undefined : parsed);
}

/**
 * Replaces the record of a start, unless another start has written its own since. What it says can also be found out
 * without it, so a disk that refuses is no failure.
 */
export function updateRecord(home: Home, kind: Kind, value: ProcessRecord): void {
  try {
    const current = readRecord(home, kind, value.environment, value.id);
    if (current.ok && current.value?.nonce === value.nonce && !knowsMore(current.value, value))
      writeRecord(home, kind, value);
  } catch (error) {
    if (fileFailure(error) === undefined) throw error;
  }
}

/** An end that its parent saw is not replaced by one that nobody saw. */
function knowsMore(current: ProcessRecord, value: ProcessRecord): boolean {
  if (current.progress.state !== "ended") return false;
  return value.progress.state !== "ended" || isUnknown(value.progress.exit);
}

/** Whether nobody saw how it ended. */
export function isUnknown(exit: Exit): boolean {
  return exit.code === null && exit.signal === null;
}

function belongs(value: ProcessRecord, kind: Kind, environment: string, id: string): boolean {
  const isOfKind = (value.instance !== undefined) === (kind === "instances");
  return isOfKind && value.environment === environment && value.id === id;
}

/** Where the record is. */
export function recordPath(home: Home, kind: Kind, environment: string, id: string): string {
  return join(processFolder(home, kind, environment, id), names[kind]);
}

function parse(text: string): ProcessRecord | "newer" | undefined {
  try {
    const json = JSON.parse(text);
    if (typeof json?.version === "number" && json.version > 2) return "newer";
    const result = v.safeParse(record, json);
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A project folder that was copied brings records of processes that are the original's. One that was moved brings its
 * own: then there is no such record where it came from.
 */
function isCopy(home: Home, kind: Kind, value: ProcessRecord): boolean {
  if (value.home === home.folder) return false;
  const original = parse(readOriginal(value, kind) ?? "");
  return typeof original === "object" && original.nonce === value.nonce;
}

function readOriginal(value: ProcessRecord, kind: Kind): string | undefined {
  const path = recordPath({ folder: value.home }, kind, value.environment, value.id);
  return readTextIfThere(path, { forgive: "everything" });
}

function damaged(path: string, environment: string) {
  return {
    code: "state-damaged",
    message: `${path} cannot be read`,
    hint: `Remove it, and have what it described replaced: rm ${shellWord(path)} && tidegate deploy ${environment}`,
  } as const;
}

function newer(path: string) {
  return {
    code: "state-newer",
    message: `${path} was written by a newer Tidegate`,
    hint: "Use the Tidegate that deployed last, or a newer one.",
  } as const;
}
