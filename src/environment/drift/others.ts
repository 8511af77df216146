import { posix } from "node:path";
import type { Beside } from "../../drivers/inspection.ts";
import { toArgv } from "../../process/command.ts";
import { type Check, type DriftFacts, looked, notLooked } from "./facts.ts";
import { endsWith } from "./instances.ts";
import type { DriftFinding } from "./report.ts";

/** What runs besides what should, by what was noted and by looking through the machine. A rollout has both the old and the new ones. */
export function othersCheck(facts: DriftFacts): Check {
  const others = { dimension: "processes", object: "others" } as const;
  if (facts.underWay !== undefined) return notLooked({ ...others, because: "rollout" });
  const found = [...unexpected(facts), ...beside(facts), ...strangers(facts)];
  const { unseen } = facts.beside;
  return found.length === 0 && unseen !== undefined
    ? notLooked({ ...others, because: unseen })
    : looked(others.dimension, others.object, found);
}

/** Instances that should not run, and what bears the mark of one. */
function unexpected({ fleet, instances, beside: { found } }: DriftFacts): DriftFinding[] {
  const own = new Set(fleet.members.map(({ id }) => id));
  const running = instances.filter(({ state }) => state.state === "running").map(({ id }) => id);
  const ids = new Set([...running, ...found.flatMap(({ id }) => id ?? [])].filter((id) => !own.has(id)));
  const serviceOf = (id: string) => instances.find((one) => one.id === id)?.service ?? serviceIn(id);
  return [...ids].map((id) => ({ drift: "unexpected", service: serviceOf(id), instance: id }));
}

/** What an instance has left to itself bears its mark, too: it is told only where it runs what instances run. */
function beside(facts: DriftFacts): DriftFinding[] {
  return facts.beside.found.flatMap((one): DriftFinding[] => {
    const member = facts.fleet.members.find(({ id }) => id === one.id);
    if (member === undefined || (one.isLeft && serviceRunBy(facts, one) === undefined)) return [];
    return [{ drift: "beside", service: member.service, instance: member.id, pid: one.pid }];
  });
}

/** Somebody may look around where a release lies: what works there and bears no mark is told where it runs what instances run. */
function strangers(facts: DriftFacts): DriftFinding[] {
  return facts.beside.found.flatMap((one): DriftFinding[] => {
    const service = one.id === undefined ? serviceRunBy(facts, one) : undefined;
    return service === undefined ? [] : [{ drift: "stranger", service, pid: one.pid }];
  });
}

/** The service whose command it runs: as the definition has it, or as an instance shows it now that a shell has replaced itself. */
function serviceRunBy({ fleet, specs, inspections }: DriftFacts, { argv }: Beside): string | undefined {
  return fleet.members.find(({ id, service, deployment }) => {
    const run = specs.get(deployment)?.services.find(({ name }) => name === service)?.run;
    const { file, args } = toArgv(run ?? "");
    const seen = inspections.find((one) => one.id === id)?.argv;
    const isSame = seen !== undefined && "seen" in seen && seen.seen.join("\0") === argv.join("\0");
    return isSame || (run !== undefined && endsWith(byName(argv, args.length), byName([file, ...args], args.length)));
  })?.service;
}

/** A program is the same by whatever path somebody called it: the word before the last `count` without its folders. */
function byName(argv: readonly string[], count: number): readonly string[] {
  return argv.map((word, at) => (at === argv.length - 1 - count ? posix.basename(word) : word));
}

/** "web" of "d7-web-1". */
function serviceIn(id: string): string {
  return /^d\d+-(.+)-\d+$/.exec(id)?.[1] ?? id;
}
