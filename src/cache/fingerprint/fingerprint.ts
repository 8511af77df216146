import { hash } from "node:crypto";
import type { Task } from "../../definition/types.ts";
import { byCodeUnit } from "../../files/code-unit-order.ts";
import type { Part } from "../../inputs/part.ts";

/** `sha256:` and 64 hexadecimal digits. */
export type Fingerprint = string & { readonly __brand: "Fingerprint" };

export interface Fingerprinted {
  readonly fingerprint: Fingerprint;
  /** Sorted by name, in code-unit order. */
  readonly parts: readonly Part[];
}

/** What a fingerprint is made of. */
export interface FingerprintSource {
  readonly task: Task;
  readonly inputs: readonly Part[];
  /** For each task needed directly: the digest of its outputs, and of everything behind it (see `upstreamDigest`). */
  readonly needs: readonly NeedDigest[];
  /** Values are keyed digests, never the values themselves; `undefined` when the variable is not set. */
  readonly environment: Iterable<readonly [name: string, keyedDigest: string | undefined]>;
  readonly tools: readonly Part[];
  /** Such as `linux-x64`. */
  readonly platform: string;
}

export interface NeedDigest {
  readonly name: string;
  readonly outputs: string;
  /** Of one that declares no outputs: the digest of what it read. */
  readonly reads?: string;
  readonly upstream: string;
}

/** Changes when the meaning of a part or of an entry changes: then nothing older is found. */
export const fingerprintSchema = "1";

/**
 * The fingerprint of a task: two runs with the same one would give the same result. It digests these parts, sorted by
 * name in code-unit order, each as a JSON list of name and value on a line of its own:
 *
 * | part | value |
 * |---|---|
 * | `schema` | version of this definition |
 * | `platform` | operating system and processor |
 * | `task:run`, `task:inputs`, `task:outputs`, `task:env`, `task:reports` | the task's own definition, as JSON |
 * | `task:localInputs`, `task:services`, `task:network` | the same, when the definition has them |
 * | `env:NAME` | for each variable that counts (see `countsForResults`): keyed digest of its value, after `secret` when it is one, or `unset` |
 * | `input:PATH` | `file`, `x` when executable, digest of the content's raw bytes; for a link also what it points to |
 * | `need:TASK` | digest of what a task that is needed directly wrote: paths, modes, contents, links, empty folders |
 * | `reads:TASK` | digest of what a needed task read that declares no outputs: who needs it reads that, too |
 * | `behind:TASK` | digest of the `need`, `reads` and `behind` of all that this task needs: a change far upstream counts too |
 * | `quarantine:TEST` | `active`, for each test whose quarantine holds today: with another one a task may end otherwise |
 * | `tool:NAME` | path and content digest of an executable that the command names, of its interpreter, of its package |
 *
 * Not in it, because they decide whether and when a task runs and not what it gives: `stage`, `timeout`, `retry`,
 * `when`, `allowFailure`, `always`, `concurrency`, `cache`, `trackedOutputs`, names of tasks, and the place of the project on the disk. Nor how the task was confined: the entry says that,
 * and one that was made under a weaker level is not used for a stronger one.
 */
export function fingerprintOf(source: FingerprintSource): Fingerprinted {
  const parts: Part[] = [
    ["schema", fingerprintSchema],
    ["platform", source.platform],
    ...definitionParts(source.task),
    ...source.inputs,
    ...source.needs.flatMap(({ name, outputs, reads, upstream }): Part[] => [
      [`need:${name}`, outputs],
      ...(reads === undefined ? [] : [[`reads:${name}`, reads] as const]),
      [`behind:${name}`, upstream],
    ]),
    ...[...source.environment].map(([name, digest]): Part => [`env:${name}`, digest ?? "unset"]),
    ...source.tools,
  ];
  parts.sort((a, b) => byCodeUnit(a[0], b[0]));
  return { fingerprint: digestOfParts(parts) as Fingerprint, parts };
}

/** The digest of all that stands behind a task: of what it needs, and of what that needs, down to the first task. */
export function upstreamDigest(needs: readonly NeedDigest[]): string {
  const parts = needs.map(
    ({ name, outputs, reads, upstream }): Part => [
      name,
      [outputs, ...(reads === undefined ? [] : [reads]), upstream].join(" "),
    ],
  );
  return digestOfParts(parts.sort((a, b) => byCodeUnit(a[0], b[0])));
}

function definitionParts(task: Task): Part[] {
  return [
    ["task:run", JSON.stringify(task.run)],
    ["task:inputs", JSON.stringify(task.inputs ?? null)],
    ["task:outputs", JSON.stringify(task.outputs ?? [])],
    ["task:env", JSON.stringify([...(task.env ?? [])].sort(byCodeUnit))],
    ["task:reports", JSON.stringify(reportsThatCount(task))],
    ...(task.localInputs === undefined ? [] : [["task:localInputs", JSON.stringify(task.localInputs)] as const]),
    ...(task.services === undefined ? [] : [["task:services", JSON.stringify(task.services)] as const]),
    ...(task.network === undefined ? [] : [["task:network", JSON.stringify(task.network)] as const]),
  ];
}

/** Coverage and its minimum decide whether a task succeeds, and only successes are found again. */
function reportsThatCount({ reports = {} }: Task): unknown {
  const { junit = null, ...others } = reports;
  return Object.keys(others).length === 0 ? junit : { junit, ...others };
}

/** One digest of parts, in the order given. */
export function digestOfParts(parts: readonly Part[]): string {
  return `sha256:${hash("sha256", parts.map((part) => JSON.stringify(part)).join("\n"))}`;
}
