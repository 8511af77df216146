import type { Instance } from "../../drivers/driver.ts";
import type { Inspection, Looked } from "../../drivers/inspection.ts";
import { toArgv } from "../../process/command.ts";
import type { Member } from "../../strategies/fleet.ts";
import { serviceOf } from "../routes.ts";
import type { DeploymentSpec, ServiceSpec } from "../spec.ts";
import { valueIn } from "./config.ts";
import { type Check, type DriftFacts, looked, notLooked } from "./facts.ts";
import type { DriftDimension, DriftFinding, NotChecked } from "./report.ts";

/** What the process of an instance is compared by. */
const ofProcess = ["release", "command", "folder", "user", "startedWith", "environment"] as const;

/** The checks of an instance that should run. While a rollout is in progress one that does not may have been replaced. */
export function memberChecks(facts: DriftFacts, member: Member): Check[] {
  const instance = facts.instances.find(({ id }) => id === member.id);
  const spec = facts.specs.get(member.deployment);
  const isRunning = instance?.state.state === "running";
  const hasFile = spec !== undefined && serviceOf(spec, member)?.configFile !== undefined;
  const dimensions = [...ofProcess, ...(hasFile ? (["configFile"] as const) : [])];
  const limits = limitsOf(spec && serviceOf(spec, member));
  if (!isRunning || spec === undefined) {
    const rest = [...dimensions, ...limits.map(() => "limits" as const)].map((dimension) =>
      notChecked(dimension, member, "notRunning"),
    );
    const because = facts.underWay ? "rollout" : isBeingRestored(facts, member) ? "restore" : undefined;
    return [because ? notChecked("processes", member, because) : runs(member, isRunning), ...rest];
  }
  const compared = { member, instance, spec, inspection: facts.inspections.find(({ id }) => id === member.id) };
  return [
    isItself(compared),
    ...dimensions.map((dimension) => checks[dimension](compared, facts)),
    ...limits.map((limit) => limitCheck(compared, limit)),
  ];
}

/** What instances that run were started with otherwise than was deployed, by what was noted then alone. */
export function startedOtherwise(facts: Pick<DriftFacts, "fleet" | "specs" | "instances" | "digest">): DriftFinding[] {
  return facts.fleet.members.flatMap((member) => {
    const instance = facts.instances.find(({ id, state }) => id === member.id && state.state === "running");
    const spec = facts.specs.get(member.deployment);
    if (instance === undefined || spec === undefined) return [];
    const check = startedWithCheck({ member, instance, spec, inspection: undefined }, facts);
    return "found" in check ? check.found : [];
  });
}

interface Compared {
  readonly member: Member;
  readonly instance: Instance;
  readonly spec: DeploymentSpec;
  /** Absent: the driver could not look into its process. */
  readonly inspection: Inspection | undefined;
}

const checks: Readonly<
  Record<(typeof ofProcess)[number] | "configFile", (compared: Compared, facts: DriftFacts) => Check>
> = {
  release: ({ member, instance }) => {
    const isSame = instance.release === member.release;
    const { release } = instance;
    return looked("release", member.id, isSame ? [] : [{ drift: "otherRelease", ...named(member), release }]);
  },
  command: (compared) => commandCheck(compared),
  folder: ({ member, inspection }) =>
    ifSeen("folder", member, inspection?.folder, ({ is, should }) =>
      isInside(is, should) ? [] : [{ drift: "otherFolder", ...named(member), pid: inspection!.pid, folder: is }],
    ),
  user: ({ member, inspection }) =>
    ifSeen("user", member, inspection?.user, ({ is, should }) =>
      is === should ? [] : [{ drift: "otherUser", ...named(member), pid: inspection!.pid, user: is }],
    ),
  startedWith: startedWithCheck,
  environment: environmentCheck,
  configFile: ({ member, inspection, instance }) =>
    ifSeen("configFile", member, inspection?.files, (files) =>
      Object.entries(files).flatMap(([key, file]): DriftFinding[] => {
        if ("wrong" in file) return [{ drift: "configFile", ...named(member), key, how: file.wrong }];
        const isSame = file.digest === valueIn(instance.startedWith ?? {}, key);
        return isSame ? [] : [{ drift: "configFile", ...named(member), key, how: "changed" }];
      }),
    ),
};

function runs(member: Member, isRunning: boolean): Check {
  return looked("processes", member.id, isRunning ? [] : [{ drift: "missing", ...named(member) }]);
}

/** Who uses a resource is stopped while it is restored. */
function isBeingRestored({ specs, resources }: DriftFacts, member: Member): boolean {
  const spec = specs.get(member.deployment);
  const used = Object.values((spec && serviceOf(spec, member)?.uses) ?? {}).map(({ resource }) => resource);
  return resources.some((fact) => "unseen" in fact && fact.unseen === "restore" && used.includes(fact.spec.name));
}

/** It runs; where its process can be looked at, it is the one that was started. */
function isItself({ member, inspection }: Compared): Check {
  const isForeign = inspection !== undefined && "seen" in inspection.isOurs && !inspection.isOurs.seen;
  return looked("processes", member.id, isForeign ? [{ drift: "foreign", ...named(member), pid: inspection.pid }] : []);
}

/**
 * A program that gives itself a title shows one word; a shell may have replaced itself with what it runs. Neither says
 * anything of what was started. A script is shown behind its interpreter: `sh ./serve.sh`.
 */
function commandCheck({ member, spec, inspection }: Compared): Check {
  const { file, args } = toArgv(serviceOf(spec, member)?.run ?? "");
  const should = [file, ...args];
  const isShell = file === "/bin/sh";
  if (inspection !== undefined && "seen" in inspection.argv) {
    const is = inspection.argv.seen;
    const isTitle = is.length === 1 && (should.length > 1 || is[0]!.includes(" "));
    if (!endsWith(is, should) && (isShell || isTitle)) return notChecked("command", member, "itself");
  }
  return ifSeen("command", member, inspection?.argv, (is) =>
    endsWith(is, should)
      ? []
      : [{ drift: "otherCommand", ...named(member), pid: inspection!.pid, program: is[0] ?? "" }],
  );
}

/** Whether the words end in these. */
export function endsWith(words: readonly string[], end: readonly string[]): boolean {
  const last = words.slice(-end.length);
  return last.length === end.length && last.every((word, index) => word === end[index]);
}

/** Only the keys of the config: what the driver and the agent add was not deployed. */
function startedWithCheck({ member, instance, spec }: Compared, { digest }: Pick<DriftFacts, "digest">): Check {
  const { startedWith } = instance;
  if (startedWith === undefined) return notChecked("startedWith", member, "notNoted");
  if (serviceOf(spec, member)?.configFile === "only") return looked("startedWith", member.id, []);
  const config = Object.entries(spec.config).map(([key, value]) => [key, digest(value)]);
  const should: Readonly<Record<string, string>> = { ...Object.fromEntries(config), ...spec.secrets };
  const wrong = Object.keys(should)
    .sort()
    .filter((key) => valueIn(startedWith, key) !== valueIn(should, key));
  return looked(
    "startedWith",
    member.id,
    wrong.map((key) => ({ drift: "startedOtherwise", ...named(member), key })),
  );
}

/** What a shell adds before it replaces itself is part of the command that was deployed. */
function environmentCheck({ member, instance, spec, inspection }: Compared): Check {
  const { startedWith } = instance;
  if (startedWith === undefined) return notChecked("environment", member, "notNoted");
  const isShell = toArgv(serviceOf(spec, member)?.run ?? "").file === "/bin/sh";
  const files = new Set(
    inspection !== undefined && "seen" in inspection.files ? Object.keys(inspection.files.seen) : [],
  );
  return ifSeen("environment", member, inspection?.environment, (has) => {
    const names = [...new Set([...Object.keys(startedWith), ...Object.keys(has)])].filter((key) => !files.has(key));
    return names.sort().flatMap((key): DriftFinding[] => {
      const [should, is] = [valueIn(startedWith, key), valueIn(has, key)];
      if (should === is || (should === undefined && isShell)) return [];
      const how = is === undefined ? "missing" : should === undefined ? "added" : "changed";
      return [{ drift: "runsOtherwise", ...named(member), key, how }];
    });
  });
}

const limitKeys = { memory: "memoryBytes", cpu: "cpu" } as const;

/** The limits that a service has. */
function limitsOf(service: ServiceSpec | undefined): (keyof typeof limitKeys)[] {
  return (["memory", "cpu"] as const).filter((limit) => service?.limits?.[limitKeys[limit]] !== undefined);
}

/** The kernel counts memory in pages and processors in microseconds. */
const roundedBy = { memory: 65_536, cpu: 0.001 } as const;

/** A limit that the driver could not keep from the beginning is told with the deployment. */
function limitCheck({ member, instance, spec, inspection }: Compared, limit: keyof typeof limitKeys): Check {
  const key = limitKeys[limit];
  if (instance.limits?.[key] === undefined) return notChecked("limits", member, "driver");
  const should = serviceOf(spec, member)?.limits?.[key] ?? 0;
  return ifSeen("limits", member, inspection?.limits, (is) => {
    const isSame = Math.abs((is[key] ?? Number.POSITIVE_INFINITY) - should) <= roundedBy[limit];
    return isSame ? [] : [{ drift: "limit", ...named(member), limit }];
  });
}

function ifSeen<T>(
  dimension: DriftDimension,
  member: Member,
  part: Looked<T> | undefined,
  compare: (seen: T) => readonly DriftFinding[],
): Check {
  if (part === undefined) return notChecked(dimension, member, "driver");
  return "seen" in part ? looked(dimension, member.id, compare(part.seen)) : notChecked(dimension, member, part.unseen);
}

function notChecked(dimension: DriftDimension, { id }: Member, because: NotChecked): Check {
  return notLooked({ dimension, object: id, because });
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function named({ id, service }: Member): { readonly service: string; readonly instance: string } {
  return { service, instance: id };
}
