import type { DeploymentOutcome, Event } from "../../events/event.ts";

/** What somebody has to know at three in the morning. Times are milliseconds since 1970. */
export interface Alert {
  /** The same for the same thing: it is told once, whichever agent sees it. */
  readonly id: string;
  readonly at: number;
  readonly kind: AlertKind;
  /** Absent: of the whole machine. */
  readonly environment?: string;
  /** What happened, in a sentence. */
  readonly what: string;
  /** What is affected. */
  readonly affects: string;
  /** The command that shows more, or mends it. */
  readonly run: string;
}

export const alertKinds = [
  "environmentDown",
  "restartLoop",
  "deploymentTakenOut",
  "deploymentStuck",
  "gateOverridden",
  "backupFailed",
  "diskNearlyFull",
  "agentGone",
  "test",
] as const;

export type AlertKind = (typeof alertKinds)[number];

/** The alert that an event is by itself. */
export function alertOf(event: Event, at: number): Alert | undefined {
  switch (event.type) {
    case "deploymentFinished":
      return event.outcome === "deployed" ? undefined : ofDeployment(event, at);
    case "gateOverridden":
      return overridden(event, at);
    case "backupFailed":
      return {
        id: `backup-failed/${event.environment}/${event.resource}/${dayOf(at)}`,
        at,
        kind: "backupFailed",
        environment: event.environment,
        what: `The backup of ${event.resource} failed: ${event.failures[0]?.message ?? "why is not known"}`,
        affects: `${event.resource} in ${event.environment} has no newer backup than before; what serves goes on`,
        run: `tidegate env backup ${event.environment} --resource ${event.resource}`,
      };
    default:
      return undefined;
  }
}

const ends: Partial<Readonly<Record<DeploymentOutcome, string>>> = {
  stuck: "failed and could not be taken back",
  frozen: "failed and was left as it stands, because its migration is irreversible",
};

/** Of a deployment that ended otherwise than it should have. */
export function ofDeployment(
  {
    environment,
    deployment,
    outcome,
    failures,
  }: Pick<Event & { type: "deploymentFinished" }, "environment" | "deployment" | "outcome" | "failures">,
  at: number,
): Alert {
  const isStuck = outcome === "stuck" || outcome === "frozen";
  const why = failures[0]?.message ?? "why is not known";
  return {
    id: `deployment/${environment}/${deployment}`,
    at,
    kind: isStuck ? "deploymentStuck" : "deploymentTakenOut",
    environment,
    what: `Deployment ${deployment} to ${environment} ${ends[outcome] ?? "was taken out"}: ${why}`,
    affects: isStuck
      ? `It is not certain which release serves ${environment}`
      : `The release before serves ${environment}; the new one does not`,
    run: `tidegate explain ${deployment}`,
  };
}

/** Somebody let a deployment pass a gate that refused it. */
function overridden({ environment, deployment, gate, reason }: Event & { type: "gateOverridden" }, at: number): Alert {
  return {
    id: `override/${environment}/${deployment}/${gate}`,
    at,
    kind: "gateOverridden",
    environment,
    what: `The gate ${gate} was overridden for deployment ${deployment} to ${environment}: ${reason}`,
    affects: `${environment} gets a release that ${gate} had not let in`,
    run: `tidegate acknowledge ${deployment}`,
  };
}

/** A service whose instances end again and again; told once a day as long as it goes on. */
export function restartLoop(environment: string, service: string, times: number, at: number): Alert {
  return {
    id: `restart-loop/${environment}/${service}/${dayOf(at)}`,
    at,
    kind: "restartLoop",
    environment,
    what: `Instances of ${service} in ${environment} ended by themselves ${times} times within ten minutes`,
    affects: `${service} in ${environment} answers with fewer instances, or not at all`,
    run: `tidegate logs ${environment} --since 10m`,
  };
}

/** None of a service's instances runs; told once a day as long as it stays so. */
export function environmentDown(environment: string, service: string, at: number): Alert {
  return {
    id: `down/${environment}/${service}/${dayOf(at)}`,
    at,
    kind: "environmentDown",
    environment,
    what: `No instance of ${service} in ${environment} runs`,
    affects: `${environment} does not answer, or lacks ${service}`,
    run: `tidegate status ${environment}`,
  };
}

export function diskNearlyFull(free: string, folder: string, at: number): Alert {
  return {
    id: `disk/${dayOf(at)}`,
    at,
    kind: "diskNearlyFull",
    what: `The disk with ${folder} has ${free} left`,
    affects: "No deployment, backup or log can be written once it is full; what serves goes on",
    run: "tidegate release prune --dry-run",
  };
}

export function agentGone(identity: string, at: number): Alert {
  return {
    id: `agent-gone/${identity}`,
    at,
    kind: "agentGone",
    what: "The agent ended without a word (killed, or the machine was); another one has taken over now",
    affects: "Meanwhile nothing that crashed was started again, and no alert was sent",
    run: "tidegate status",
  };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
