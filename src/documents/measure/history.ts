import type { Facts } from "../facts/facts.ts";
import type { MeasuredFacts } from "../facts/measured.ts";
import { settle, settleCosts } from "./settle.ts";

/** A history that is written and stays, because less of it is known here. */
export interface KeptHistory {
  readonly of: "runs" | "deployments";
  readonly written: number;
  readonly here: number;
}

/**
 * The facts to write, by those that are written. Runs are known to a checkout and deployments to a state: where fewer of them are
 * known than is written, it is another machine's history that is written, or a longer one; that stays, with its days, and so does
 * what was seen there. Of what the definition no longer names nothing stays. What is longer here is written, within the bands.
 */
export function continueHistory(
  before: Facts | undefined,
  now: Facts,
): { readonly facts: Facts; readonly kept: readonly KeptHistory[] } {
  if (before === undefined) return { facts: now, kept: [] };
  const all: readonly KeptHistory[] = [
    { of: "runs", written: runsOf(before.measured), here: runsOf(now.measured) },
    { of: "deployments", written: deploymentsOf(before, now), here: deploymentsOf(now, now) },
  ];
  const kept = all.filter(({ written, here }) => written > here);
  const [keepsRuns, keepsDeployments] = [isIn(kept, "runs"), isIn(kept, "deployments")];
  const measured = settle(before.measured, {
    ...now.measured,
    ...(keepsRuns && writtenRuns(before, now)),
    ...(keepsDeployments && writtenDeployments(before, now)),
  });
  const seen = keepsDeployments ? seenThere(before, now) : seenHere(before, now);
  return {
    facts: { ...now, measured, ...seen, observed: { ...seen.observed, changes: changesOf(before, now) } },
    kept,
  };
}

function isIn(kept: readonly KeptHistory[], what: KeptHistory["of"]): boolean {
  return kept.some(({ of }) => of === what);
}

function runsOf({ runs }: MeasuredFacts): number {
  return runs?.count ?? 0;
}

/** To the environments that there are now. */
function deploymentsOf({ measured }: Facts, now: Facts): number {
  return declaredOf(measured.environments, now).reduce((sum, one) => sum + one.deployments + one.rolledBack, 0);
}

function writtenRuns({ measured }: Facts, now: Facts): Partial<MeasuredFacts> {
  const names = new Set(now.declared.tasks.map(({ name }) => name));
  const written = new Map(measured.tasks.map((task) => [task.name, task]));
  const here = new Map(now.measured.tasks.map((task) => [task.name, task]));
  return {
    ...(measured.runs && { runs: measured.runs }),
    tasks: [...names].flatMap((name) => written.get(name) ?? here.get(name) ?? []),
    flaky: measured.flaky.filter(({ task }) => names.has(task)),
  };
}

function writtenDeployments({ measured }: Facts, now: Facts): Partial<MeasuredFacts> {
  const { releases, dora } = measured;
  return {
    environments: declaredOf(measured.environments, now),
    ...(releases && { releases }),
    ...(dora && now.declared.environments.at(-1)?.name === dora.environment && { dora }),
  };
}

/** Secrets files are known in every clone; their day is kept where they say the same. */
function seenThere({ gathered, observed }: Facts, now: Facts): Pick<Facts, "gathered" | "observed"> {
  const names = new Set(now.declared.environments.map(({ name }) => name));
  const { environments, resources, snapshots, drift, parity } = observed;
  const isHere = ({ environment }: { readonly environment: string }) => names.has(environment);
  const secrets = now.observed.secrets ?? observed.secrets;
  const isSame = JSON.stringify({ ...secrets, at: "" }) === JSON.stringify({ ...observed.secrets, at: "" });
  return {
    gathered,
    observed: {
      programs: observed.programs,
      environments: environments.filter(({ name }) => names.has(name)),
      ...(resources && { resources: resources.filter(isHere) }),
      ...(snapshots && { snapshots: snapshots.filter(isHere) }),
      ...(secrets && { secrets: isSame && observed.secrets ? observed.secrets : secrets }),
      ...(parity && { parity: { ...parity, pairs: parity.pairs.filter(({ a, b }) => names.has(a) && names.has(b)) } }),
      ...(drift && { drift: drift.filter(isHere) }),
      changes: observed.changes,
    },
  };
}

function seenHere(before: Facts, { observed }: Facts): Pick<Facts, "observed"> {
  return { observed: settleCosts(before.observed, observed) };
}

function declaredOf<T extends { readonly name: string }>(all: readonly T[], { declared }: Facts): T[] {
  return declared.environments.flatMap(({ name }) => all.find((one) => one.name === name) ?? []);
}

/**
 * The history of a repository is rewritten, cut and copied: when a key was changed is believed once, and stays as long as the
 * definition says of the key what it said then.
 */
function changesOf(before: Facts, { declared, observed }: Facts): Facts["observed"]["changes"] {
  const was = new Map(before.declared.config.map((one) => [one.name, JSON.stringify(one)]));
  return declared.config.flatMap((one) => {
    const isSame = was.get(one.name) === JSON.stringify(one);
    const written = isSame ? before.observed.changes.find(({ key }) => key === one.name) : undefined;
    return written ?? observed.changes.find(({ key }) => key === one.name) ?? [];
  });
}
