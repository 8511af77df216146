import * as v from "valibot";
import { ok, type Result } from "../errors/result.ts";
import type { Actor } from "../events/actor.ts";
import type { Matter, MatterRecord } from "../store/store.ts";
import { actorSchema } from "./actor.ts";
import { codec } from "./codec.ts";
import { deploymentSpecSchema } from "./deployment-spec.ts";
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

/** A deployment that waits for people to agree. What it is made of is here, its secrets are sealed by its number. */
const approvalCodec = codec({
  version: 1,
  schema: v.strictObject({
    spec: deploymentSpecSchema,
    /** The digest of what they agree to. */
    plan: v.string(),
    at: milliseconds,
    by,
    expiresAt: milliseconds,
    /** Where the release was to go afterwards. Absent: nowhere. */
    rest: v.exactOptional(v.array(v.string())),
    approvals: v.array(v.strictObject({ at: milliseconds, by })),
    /** How it was over. Absent: it waits. */
    ended: v.exactOptional(
      v.strictObject({
        at: milliseconds,
        how: v.picklist(["begun", "rejected", "lapsed"]),
        by,
        reason: v.exactOptional(v.string()),
      }),
    ),
  }),
});

type Stored = Extract<ReturnType<typeof approvalCodec.decode>, { ok: true }>["value"];

/** Times are milliseconds since 1970. */
export interface ApprovalMatter<S extends object = Stored["spec"]> extends Omit<Stored, "rest" | "approvals" | "spec"> {
  readonly spec: S;
  readonly rest?: readonly string[];
  readonly approvals: readonly Stored["approvals"][number][];
}

export function approvalOf({ deployment, document }: MatterRecord): Result<ApprovalMatter> {
  return approvalCodec.decode(document, `Deployment ${deployment}, which waits for approval,`);
}

/** As it is stored; open as long as it waits. */
export function approvalMatter(approval: ApprovalMatter<object>): Omit<Matter, "deployment"> {
  return { kind: "approval", isOpen: approval.ended === undefined, document: approvalCodec.encode(approval) };
}
