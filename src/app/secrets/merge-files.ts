import {
  type MergeConflict,
  mergeRecipients,
  mergeValues,
  type OpenSops,
  type PlainValue,
  readSignedVersion,
  type Signer,
  type SopsFile,
} from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { ageRecipients } from "../../secrets/files/open-file.ts";
import { parseBytes } from "../../secrets/files/read-file.ts";
import { topLevel } from "../../secrets/files/values.ts";
import { fromSops } from "../../secrets/from-sops.ts";
import type { OpenMerge } from "./open-merge.ts";

/** A merge that went through, with or without conflicts. */
export interface MergeOutcome {
  /** The merged file. */
  readonly bytes: Uint8Array;
  /** Keys that were taken from the other side. */
  readonly taken: readonly string[];
  readonly conflicts: readonly MergeConflict[];
  readonly isRotated: boolean;
}

/**
 * Merges three versions of a file, in memory. Where the project has a signers file, both sides have to be signed: the merged
 * file is signed by the caller, and must not make somebody else's change look reviewed.
 */
export async function mergeFiles(
  call: OpenMerge,
  [base, ours, theirs]: readonly Uint8Array[],
): Promise<Result<MergeOutcome>> {
  const sides = [await openSide(call, ours!, "ours"), await openSide(call, theirs!, "theirs")];
  const ancestor = base!.length === 0 ? ok(undefined) : await openSide(call, base!, "base");
  const failures = [...sides, ancestor].flatMap((side) => (side.ok ? [] : side.failures));
  if (failures.length > 0) return failed(...failures);
  const older = call.signers === undefined ? [] : olderSides(call.path, base!, { ours: ours!, theirs: theirs! });
  if (older.length > 0) return failed(...older);
  const [our, their] = sides.map((side) => (side.ok ? side.value : undefined));
  return merged(call, ancestor.ok ? ancestor.value : undefined, our!, their!);
}

/** A side that is older than the common ancestor would undo, as a change like others, what was renewed since. */
function olderSides(path: string, base: Uint8Array, sides: Readonly<Record<"ours" | "theirs", Uint8Array>>): Failure[] {
  const before = readSignedVersion(base)?.counter ?? 0;
  return (["ours", "theirs"] as const).flatMap((side): Failure[] => {
    const counter = readSignedVersion(sides[side])?.counter ?? 0;
    if (counter >= before) return [];
    const message = `${versions[side]} of ${path} cannot be merged: it is older than the common ancestor`;
    const cause = `Its counter is ${counter === 0 ? "missing" : counter}; that of the common ancestor is ${before}`;
    const hint = `Take the newest back on that branch, or sign the older one there (\`tidegate secrets sign ${shellWord(path)}\`), then merge again.`;
    return [{ code: "secrets-file-older", message, cause, hint }];
  });
}

/** Above all that come together. */
function counterAbove(opened: readonly (OpenSops | undefined)[]): number {
  const counters = opened.map((one) => (one === undefined ? 0 : (readSignedVersion(one.file.bytes)?.counter ?? 0)));
  return Math.max(...counters) + 1;
}

type Side = "base" | "ours" | "theirs";

async function openSide(call: OpenMerge, bytes: Uint8Array, side: Side): Promise<Result<OpenSops>> {
  const opened = await openVersion(call, bytes, side);
  return opened.ok ? opened : failed(...opened.failures.map((failure) => explained(failure, call.path, side)));
}

const versions = { base: "The common ancestor", ours: "Our version", theirs: "Their version" } as const;

/** The place is of no use: the file in the project is ours, whichever version is meant. */
function explained({ location: _, ...failure }: Failure, path: string, side: Side): Failure {
  const message = `${versions[side]} of ${path} cannot be merged: ${failure.message}`;
  return { ...failure, message, hint: hintFor(failure, path, side) };
}

/** Ours stays in the project: who signs or adds that loses what they changed. */
function hintFor({ code }: Failure, path: string, side: Side): string {
  if (code === "secrets-no-key") return "Somebody who can read all three versions has to merge.";
  const again = `\`git checkout --merge -- ${path}\` merges it again. Until then it is only our version: do not add it.`;
  if (side !== "theirs" || code !== "secrets-file-tampered") return again;
  return `Does the merge bring that signer? Check the change of the signers file. Otherwise have it signed on their branch. Then ${again}`;
}

async function openVersion(call: OpenMerge, bytes: Uint8Array, side: Side): Promise<Result<OpenSops>> {
  const file = await parseBytes(call.path, bytes);
  if (!file.ok) return file;
  if (side !== "base" && call.signers !== undefined) {
    const { checkSopsSignature } = await import("@tidegate/sops");
    const signed = fromSops(checkSopsSignature(file.value, call.signers));
    if (!signed.ok) return signed;
  }
  if (file.value.leaves.some(({ document }) => document > 0)) return failed(severalDocuments(call.path));
  const identities = await call.identities(ageRecipients(file.value));
  if (!identities.ok) return identities;
  const { openSops } = await import("@tidegate/sops");
  return fromSops(await openSops(file.value, identities.value));
}

function severalDocuments(path: string) {
  const message = `${path} has several YAML documents, which are not merged by key`;
  return { code: "secrets-conflict", message, hint: "Merge it by hand: `sops` opens each version." } as const;
}

async function merged(
  call: OpenMerge,
  base: OpenSops | undefined,
  ours: OpenSops,
  theirs: OpenSops,
): Promise<Result<MergeOutcome>> {
  const values = mergeValues(contentOf(base), contentOf(ours), contentOf(theirs));
  const who = mergeRecipients(wraps(base), wraps(ours), wraps(theirs));
  if (hasGroups(ours.file) && who.isReduced) return failed(groups(call.path));
  const changed = ours.with(values.changes);
  const isSameReaders = who.recipients.length === wraps(ours).length && !who.isReduced;
  const wrapped = isSameReaders ? changed : changed.withRecipients(who.recipients);
  const sign = await signerFor(call, ours);
  if (!sign.ok) return sign;
  const counter = counterAbove([base, ours, theirs]);
  const options = { now: call.now, ...(sign.value && { sign: sign.value, counter }) };
  const printed = fromSops(await (who.isReduced ? wrapped.rotated() : wrapped).print(options));
  if (!printed.ok) return printed;
  const taken = values.changes.map(({ path }) => path.join("."));
  return ok({ bytes: printed.value, taken, conflicts: values.conflicts, isRotated: who.isReduced });
}

async function signerFor(
  { signers, identities, path }: OpenMerge,
  ours: OpenSops,
): Promise<Result<Signer | undefined>> {
  if (signers === undefined) return ok(undefined);
  const own = await identities(wraps(ours));
  if (!own.ok) return own;
  const { findSigner } = await import("@tidegate/sops");
  return fromSops(findSigner(own.value, signers, path));
}

function contentOf(open: OpenSops | undefined): ReadonlyMap<string, PlainValue> {
  return open === undefined ? new Map() : topLevel(open);
}

function wraps(open: OpenSops | undefined): string[] {
  return open === undefined ? [] : ageRecipients(open.file);
}

function hasGroups({ metadata }: SopsFile): boolean {
  return metadata.keyGroups.length > 1;
}

function groups(path: string) {
  const message = `${path} has several key groups, and their members differ between the branches`;
  return {
    code: "secrets-conflict",
    message,
    hint: "Take one version, then `tidegate secrets recipients apply`.",
  } as const;
}
