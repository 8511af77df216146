import * as v from "valibot";
import { ok, type Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import type { Matter, MatterRecord } from "../store/store.ts";
import { actorSchema } from "./actor.ts";
import { codec } from "./codec.ts";
import { milliseconds } from "./parts.ts";

/** What awaits a person because of a deployment, as it is stored. */

const by = v.exactOptional(actorSchema);

/** Gates were set aside for it. It is open until somebody says that they have seen it. */
const overrideCodec = codec({
  version: 1,
  schema: v.strictObject({
    overrides: v.array(v.strictObject({ gate: v.string(), reason: v.string() })),
    at: milliseconds,
    by,
    acknowledged: v.exactOptional(v.strictObject({ at: milliseconds, by, reason: v.exactOptional(v.string()) })),
  }),
});

export type OverrideMatter = Extract<ReturnType<typeof overrideCodec.decode>, { ok: true }>["value"];

/** What is to be written down with a deployment for which gates were set aside; [] for others. */
export function overrideMatters(
  { overrides = [] }: { readonly overrides?: readonly OverrideMatter["overrides"][number][] },
  at: number,
  by: Actor | undefined,
): readonly Omit<Matter, "deployment">[] {
  if (overrides.length === 0) return [];
  return [{ kind: "override", isOpen: true, document: overrideCodec.encode({ overrides, at, ...(by && { by }) }) }];
}

/** The same after somebody has seen it. Fails with `state-newer` or `state-damaged`. */
export function acknowledgedMatter(
  record: MatterRecord,
  acknowledged: NonNullable<OverrideMatter["acknowledged"]>,
): Result<Matter> {
  const known = overrideOf(record);
  if (!known.ok) return known;
  const document = overrideCodec.encode({ ...known.value, acknowledged });
  return ok({ deployment: record.deployment, kind: record.kind, isOpen: false, document });
}

export function overrideOf({ deployment, document }: MatterRecord): Result<OverrideMatter> {
  return overrideCodec.decode(document, `What was overridden for deployment ${deployment}`);
}
