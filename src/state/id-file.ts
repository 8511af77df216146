import { join } from "node:path";
import * as v from "valibot";
import type { Failure } from "../errors/failure.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { shellWord } from "../errors/shell-word.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";

/** To which state a checkout belongs, as the checkout says. */
export interface Belonging {
  /** Random; names the state in every state home. */
  readonly id: string;
  /** Where the state was when this was written: one that is not there any more is not taken for one that never was. */
  readonly state: string;
}

const formatVersion = 1;
/** Also the name of a folder: nothing that leads out of one. */
export const idSchema = v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/));
const file = v.strictObject({
  v: v.literal(formatVersion),
  /** `project`: the folder of the definition, relative to the top of the checkout. A repository may hold several. */
  projects: v.array(v.strictObject({ project: v.string(), id: idSchema, state: v.string() })),
});
const newerFile = v.object({ v: v.pipe(v.number(), v.minValue(formatVersion + 1)) });

/** `.git/tidegate/id`, or `.tidegate/id` where there is no git. */
export function idFileIn(folder: string): string {
  return join(folder, "id");
}

type Entry = Belonging & { readonly project: string };

/** What the file says of a project; `undefined`: nothing. Fails closed with `state-damaged` or `state-newer`. */
export function readBelonging(path: string, project: string): Result<Belonging | undefined> {
  const read = readAll(path);
  return read.ok ? ok(read.value.find((entry) => entry.project === project)) : read;
}

/** Keeps what the file says of other projects. Only under the lock of the state home. @throws the system's error. */
export function writeBelonging(path: string, project: string, { id, state }: Belonging): Result<void> {
  const read = readAll(path);
  if (!read.ok) return read;
  const known = read.value.find((entry) => entry.project === project);
  if (known?.id === id && known.state === state) return ok();
  const projects = [...read.value.filter((entry) => entry !== known), { project, id, state }];
  writeFileAtomic(path, `${JSON.stringify({ v: formatVersion, projects }, null, 1)}\n`);
  return ok();
}

function readAll(path: string): Result<readonly Entry[]> {
  const text = readTextIfThere(path, { forgive: ["ENOENT", "ENOTDIR"] });
  if (text === undefined) return ok([]);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return failed(damaged(path));
  }
  if (v.is(newerFile, json)) return failed(newer(path));
  const parsed = v.safeParse(file, json);
  return parsed.success ? ok(parsed.output.projects) : failed(damaged(path));
}

function damaged(path: string): Failure {
  return {
    code: "state-damaged",
    message: `It is unclear which state belongs to this checkout: ${path} is damaged`,
    hint: `See which states there are: tidegate state list. Then: rm ${shellWord(path)} && tidegate state use <id>`,
  };
}

function newer(path: string): Failure {
  return {
    code: "state-newer",
    message: `${path} was written by a newer Tidegate`,
    hint: "Use the Tidegate that deployed last, or a newer one.",
  };
}
