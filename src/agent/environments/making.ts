import { aboutOf } from "../../environment/about.ts";
import type { Unended } from "../../environment/previews.ts";
import type { DeploymentSpec } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Actor } from "../../events/actor.ts";
import { type EnvironmentAbout, environmentAboutCodec, type ResourceSpec } from "../../records/resource.ts";
import type { EnvironmentRecord } from "../../store/store.ts";
import type { EnvironmentHands } from "./performer-world.ts";

/** Makes what is missing of an environment's resources; safe to repeat. */
export type EnsureResources = (specs: readonly ResourceSpec[]) => Promise<Result<void>>;

/**
 * Makes an environment, or goes on with one that was begun; one that is there gets what is missing, and a preview its new
 * end. Only by whose turn it is. It says `creating` before anything is made and `ready` when all is there, so that a kill
 * at any point is made good by doing it again. `fill`: what it begins with, once. Fails with `environment-taken` when the name is another kind's.
 */
export async function makeEnvironment(
  hands: EnvironmentHands,
  wanted: EnvironmentAbout,
  { ensure, fill }: { readonly ensure: EnsureResources; readonly fill: () => Promise<Result<void>> },
): Promise<Result<void>> {
  const read = await readAbout(hands);
  if (!read.ok) return read;
  const { record, about: before } = read.value;
  const free = checkFree(record, before, wanted);
  if (!free.ok) return free;
  const isThere = before?.state === "ready";
  const about: EnvironmentAbout = { ...merged(wanted, before), state: isThere ? "ready" : "creating" };
  const begun = await describe(hands, about);
  if (!begun.ok) return begun;
  const made = await ensure(wanted.resources);
  if (!made.ok) return made;
  const filled = isThere ? ok() : await fill();
  if (!filled.ok) return filled;
  const done = isThere ? ok() : await describe(hands, { ...about, state: "ready" });
  const isSame = isThere && before.preview?.endsAt === about.preview?.endsAt;
  if (done.ok && !isSame) tellMade(hands, about, isThere);
  return done;
}

/**
 * What a deployment needs to be there: the environment is made with the first one. A preview is not: one that has ended
 * meanwhile stays ended. Fails with `unknown-environment` then, and with `environment-taken` where the kinds differ.
 */
export async function makeForDeployment(
  hands: EnvironmentHands,
  spec: DeploymentSpec,
  { by, ensure }: { readonly by: Actor | undefined; readonly ensure: EnsureResources },
): Promise<Result<void>> {
  const read = await readAbout(hands);
  if (!read.ok) return read;
  const before = read.value.about;
  if (spec.preview !== undefined && before?.preview === undefined) return failed(ended(spec.environment));
  if (spec.preview === undefined && before?.preview !== undefined) return failed(taken(spec.environment, true));
  const about = before ?? aboutFor(spec, hands.world.now(), by);
  const resources = spec.resources ?? [];
  const isKnown = before?.state === "ready" && JSON.stringify(before.resources) === JSON.stringify(resources);
  // One that is there stays there, whatever becomes of what it gets now.
  const state = before?.state === "ready" ? "ready" : "creating";
  const begun = isKnown ? ok() : await describe(hands, { ...about, resources: [...resources], state });
  if (!begun.ok) return begun;
  const made = await ensure(resources);
  if (!made.ok || isKnown) return made;
  return describe(hands, { ...about, resources: [...resources], state: "ready" });
}

/** Notes that the environment goes, before anything of it does: whoever comes next goes on with that. */
export async function noteDestroying(hands: EnvironmentHands): Promise<Result<void>> {
  const read = await readAbout(hands);
  // What is not understood is destroyed all the same: that is how somebody gets rid of it.
  if (!read.ok || read.value.about === undefined) return ok();
  return describe(hands, { ...read.value.about, state: "destroying" });
}

/** Notes that a preview's seed has run, now, if it is still the preview that was made then. */
export async function noteSeeded(hands: EnvironmentHands, createdAt: number): Promise<Result<void>> {
  const read = await readAbout(hands);
  if (!read.ok) return read;
  const { about } = read.value;
  if (about?.preview === undefined || about.createdAt !== createdAt) return ok();
  return describe(hands, { ...about, preview: { ...about.preview, seededAt: hands.world.now() } });
}

/** Notes that a preview should be gone and is not. Not one that could not be read: then its record says what is wrong. */
export async function noteUnended(hands: EnvironmentHands, unended: Unended): Promise<Result<void>> {
  const read = await readAbout(hands);
  const about = read.ok ? read.value.about : undefined;
  if (about?.preview === undefined) return ok();
  return describe(hands, { ...about, preview: { ...about.preview, unended: hands.redact(unended) } });
}

/** The last thing of an environment that was destroyed. */
export function forgetAbout({ world, lease }: EnvironmentHands): Promise<Result<void>> {
  return world.store.describeEnvironment(lease, undefined);
}

interface Known {
  readonly record: EnvironmentRecord | undefined;
  readonly about: EnvironmentAbout | undefined;
}

async function readAbout({ world, lease }: EnvironmentHands): Promise<Result<Known>> {
  const record = await world.store.environment(lease.environment);
  if (!record.ok) return record;
  const about = aboutOf(record.value);
  return about.ok ? ok({ record: record.value, about: about.value }) : about;
}

function describe({ world, lease }: EnvironmentHands, about: EnvironmentAbout): Promise<Result<void>> {
  return world.store.describeEnvironment(lease, environmentAboutCodec.encode(about));
}

function checkFree(
  record: EnvironmentRecord | undefined,
  before: EnvironmentAbout | undefined,
  wanted: EnvironmentAbout,
): Result<void> {
  if (record === undefined || wanted.preview === undefined) {
    return before?.preview === undefined ? ok() : failed(taken(record!.name, true));
  }
  if (before === undefined) return record.serving === undefined ? ok() : failed(taken(record.name, false));
  if (before.preview === undefined) return failed(taken(record.name, false));
  const [old, branch] = [before.preview.branch, wanted.preview.branch];
  if (old === branch || old === undefined || branch === undefined) return ok();
  return failed({
    code: "environment-taken",
    message: `The preview ${record.name} belongs to the branch ${old}`,
    hint: "Give this one its own name: tidegate env create --preview NAME --branch BRANCH",
  });
}

/** What stays as it was when something is made again: when and by whom it was made, its branch, and that it was seeded. */
function merged(wanted: EnvironmentAbout, before: EnvironmentAbout | undefined): EnvironmentAbout {
  if (before === undefined) return wanted;
  const origin = { createdAt: before.createdAt, ...(before.owner !== undefined && { owner: before.owner }) };
  if (wanted.preview === undefined) return { ...wanted, ...origin };
  const { branch, folder, seededAt } = before.preview ?? {};
  const kept = {
    ...(branch !== undefined && { branch }),
    ...(folder !== undefined && { folder }),
    ...(seededAt !== undefined && { seededAt }),
  };
  return { ...wanted, ...origin, preview: { ...kept, ...wanted.preview } };
}

function aboutFor(spec: DeploymentSpec, now: number, by: Actor | undefined): EnvironmentAbout {
  return {
    createdAt: now,
    state: "creating",
    protected: spec.protected ?? false,
    resources: [...(spec.resources ?? [])],
    ...(by !== undefined && { owner: by.git?.name ?? by.user }),
  };
}

function tellMade({ lease, tell }: EnvironmentHands, { preview }: EnvironmentAbout, wasThere: boolean): void {
  const { environment } = lease;
  const ofPreview = preview === undefined ? {} : { from: preview.from, endsAt: preview.endsAt };
  if (!wasThere) tell({ type: "environmentCreated", environment, ...ofPreview });
  else if (preview !== undefined) tell({ type: "previewProlonged", environment, endsAt: preview.endsAt });
}

function taken(environment: string, isPreview: boolean) {
  return {
    code: "environment-taken",
    message: `${environment} is ${isPreview ? "a preview" : "an environment, and no preview"}`,
    hint: isPreview
      ? `Destroy it first: tidegate env destroy ${environment} --yes`
      : "Give the preview another name: tidegate env create --preview NAME",
  } as const;
}

function ended(environment: string) {
  return {
    code: "unknown-environment",
    message: `The preview ${environment} has ended`,
    hint: `Create it again: tidegate env create --preview ${environment}`,
  } as const;
}
