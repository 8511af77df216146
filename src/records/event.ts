import * as v from "valibot";
import { failureSchema } from "../errors/failure-schema.ts";
import { deploymentOutcomes } from "../events/deployment-events.ts";
import { rehearsalOutcomes, rehearsalStages } from "../events/environment-events.ts";
import type { DeploymentEvent, EnvironmentEvent, GateEvent, ReleaseEvent, ResourceEvent } from "../events/event.ts";
import { codec } from "./codec.ts";
import { deploymentKind, direction, index, milliseconds, shareFields, snapshotReason, traffic } from "./parts.ts";

/** The events that are kept with a project: what happens to its environments, whoever watches. */
export type KeptEvent = DeploymentEvent | GateEvent | EnvironmentEvent | ResourceEvent | KeptReleaseEvent;

type KeptReleaseEvent = Extract<ReleaseEvent, { type: "releaseRefused" | "releaseCleared" | "secretsChanged" }>;

const environment = v.string();
const ofDeployment = { environment, deployment: index };
const ofStep = { ...ofDeployment, step: index, direction };
const ofInstance = { environment, instance: v.string() };
const failures = v.array(failureSchema);
const summary = v.strictObject({
  kind: v.picklist(["migrate", "start", "check", "route", "drain", "stop", "prove", "observe", "hold", "gate"]),
  subjects: v.array(v.string()),
  against: v.exactOptional(v.string()),
  traffic: v.exactOptional(traffic),
  forMs: v.exactOptional(milliseconds),
  compares: v.exactOptional(v.literal(true)),
});

const requests = v.strictObject({ requests: index, errors: index });
const figures = v.strictObject({
  candidate: requests,
  baseline: requests,
  evidence: v.pipe(v.number(), v.minValue(0)),
  needed: v.pipe(v.number(), v.minValue(1)),
});

const type = <const T extends string>(name: T) => ({ type: v.literal(name) });

const deploymentEvents = [
  v.strictObject({ ...type("deploymentQueued"), environment, release: v.string(), behind: index }),
  v.strictObject({
    ...type("deploymentStarted"),
    ...ofDeployment,
    release: v.string(),
    from: v.exactOptional(v.string()),
    kind: deploymentKind,
    strategy: v.string(),
    steps: v.array(summary),
    off: v.exactOptional(v.array(v.string())),
    unserved: v.exactOptional(v.strictObject({ lastMs: v.exactOptional(milliseconds) })),
  }),
  v.strictObject({ ...type("gateOverridden"), ...ofDeployment, gate: v.string(), reason: v.string() }),
  v.strictObject({ ...type("deploymentResumed"), ...ofDeployment, step: index }),
  v.strictObject({ ...type("abortRequested"), ...ofDeployment }),
  v.strictObject({ ...type("deploymentPaused"), ...ofDeployment, step: index }),
  v.strictObject({
    ...type("deploymentContinued"),
    ...ofDeployment,
    step: index,
    promoted: v.boolean(),
    reason: v.exactOptional(v.string()),
  }),
  v.strictObject({
    ...type("verdictGiven"),
    ...ofDeployment,
    step: index,
    verdict: v.picklist(["regression", "good", "notEnoughEvidence"]),
    failures,
    figures: v.exactOptional(figures),
    follows: v.exactOptional(v.picklist(["hold", "promote", "revert"])),
    because: v.exactOptional(v.literal("shareMismatch")),
  }),
  v.strictObject({ ...type("releasesCompared"), ...ofDeployment, step: index, figures }),
  v.strictObject({ ...type("gateAnswered"), ...ofDeployment, step: index, gate: v.string(), granted: v.boolean() }),
  v.strictObject({ ...type("stepStarted"), ...ofStep, summary }),
  v.strictObject({ ...type("stepFinished"), ...ofStep, durationMs: milliseconds, left: v.exactOptional(index) }),
  v.strictObject({ ...type("stepFailed"), ...ofStep, failures }),
  v.strictObject({ ...type("revertStarted"), ...ofDeployment, failures, steps: v.array(summary) }),
  v.strictObject({ ...type("jobOutput"), ...ofDeployment, job: v.string(), text: v.string() }),
  v.strictObject({
    ...type("deploymentFinished"),
    ...ofDeployment,
    release: v.string(),
    outcome: v.picklist(deploymentOutcomes),
    serving: v.exactOptional(v.string()),
    durationMs: milliseconds,
    failures,
  }),
] as const;

const gateEvents = [
  v.strictObject({ ...type("overrideAcknowledged"), ...ofDeployment, reason: v.exactOptional(v.string()) }),
  v.strictObject({
    ...type("approvalAwaited"),
    ...ofDeployment,
    release: v.string(),
    plan: v.string(),
    needed: index,
    expiresAt: milliseconds,
  }),
  v.strictObject({ ...type("approvalGiven"), ...ofDeployment, given: index, needed: index }),
  v.strictObject({ ...type("approvalRejected"), ...ofDeployment, reason: v.string() }),
  v.strictObject({ ...type("approvalLapsed"), ...ofDeployment, reason: v.string() }),
] as const;

const environmentEvents = [
  v.strictObject({ ...type("instanceStarted"), ...ofInstance, address: v.string() }),
  v.strictObject({ ...type("instanceHealthy"), ...ofInstance, afterMs: milliseconds }),
  v.strictObject({ ...type("instanceLost"), ...ofInstance, failures, restartInMs: milliseconds }),
  v.strictObject({ ...type("instanceStopped"), ...ofInstance, how: v.picklist(["asked", "killed", "gone"]) }),
  v.strictObject({
    ...type("trafficSwitched"),
    environment,
    to: v.array(v.strictObject({ ...shareFields, instances: index })),
  }),
  v.strictObject({ ...type("gatewayStarted"), address: v.string() }),
  v.strictObject({ ...type("gatewayLost"), restartInMs: milliseconds }),
  v.strictObject({ ...type("environmentStarted"), environment }),
  v.strictObject({ ...type("environmentStopped"), environment }),
  v.strictObject({ ...type("environmentDestroyed"), environment }),
  v.strictObject({ ...type("driftFound"), environment, subjects: v.array(v.string()), checked: index, total: index }),
  v.strictObject({ ...type("driftGone"), environment }),
  v.strictObject({ ...type("driftMended"), environment, subjects: v.array(v.string()), left: v.array(v.string()) }),
  v.strictObject({
    ...type("environmentCreated"),
    environment,
    from: v.exactOptional(v.string()),
    endsAt: v.exactOptional(milliseconds),
  }),
  v.strictObject({ ...type("previewProlonged"), environment, endsAt: milliseconds }),
  v.strictObject({
    ...type("previewEnded"),
    environment,
    because: v.picklist(["expired", "branchGone"]),
    branch: v.exactOptional(v.string()),
  }),
  v.strictObject({
    ...type("rehearsalStarted"),
    environment,
    rehearsal: v.string(),
    release: v.string(),
    from: v.string(),
    data: v.picklist(["empty", "snapshot"]),
    off: v.array(v.string()),
    standIns: v.array(v.string()),
    leftOut: v.array(v.string()),
  }),
  v.strictObject({
    ...type("rehearsalReached"),
    environment,
    release: v.string(),
    stage: v.picklist(rehearsalStages),
  }),
  v.strictObject({
    ...type("rehearsalFinished"),
    environment,
    release: v.string(),
    from: v.string(),
    key: v.string(),
    outcome: v.picklist(rehearsalOutcomes),
    stage: v.exactOptional(v.picklist(rehearsalStages)),
    durationMs: milliseconds,
    failures,
  }),
  v.strictObject({ ...type("commandBegun"), environment, command: v.array(v.string()) }),
  v.strictObject({
    ...type("commandRun"),
    environment,
    command: v.array(v.string()),
    exitCode: v.nullable(v.number()),
    durationMs: milliseconds,
  }),
] as const;

const ofResource = { environment, resource: v.string() };
const ofSnapshot = { ...ofResource, snapshot: index };

const resourceEvents = [
  v.strictObject({ ...type("resourceCreated"), ...ofResource, kind: v.string() }),
  v.strictObject({ ...type("resourceDestroyed"), ...ofResource, snapshots: v.exactOptional(index) }),
  v.strictObject({ ...type("resourceProgress"), ...ofResource, text: v.string() }),
  v.strictObject({ ...type("snapshotPredates"), ...ofSnapshot, deployment: index }),
  v.strictObject({
    ...type("snapshotMade"),
    ...ofSnapshot,
    because: snapshotReason,
    bytes: index,
    durationMs: milliseconds,
    copy: v.exactOptional(v.string()),
  }),
  v.strictObject({ ...type("snapshotRemoved"), ...ofSnapshot }),
  v.strictObject({ ...type("snapshotRehearsed"), ...ofSnapshot, durationMs: milliseconds, failures }),
  v.strictObject({ ...type("resourceRestored"), ...ofSnapshot, durationMs: milliseconds }),
  v.strictObject({ ...type("backupFailed"), ...ofResource, failures }),
] as const;

const releaseEvents = [
  v.strictObject({ ...type("releaseRefused"), release: v.string(), reason: v.string() }),
  v.strictObject({ ...type("releaseCleared"), release: v.string() }),
  v.strictObject({
    ...type("secretsChanged"),
    place: v.string(),
    keys: v.array(v.string()),
  }),
] as const;

/** Incidents, and the events of the project's history. 0: as 1. */
export const keptEventCodec = codec<KeptEvent>({
  version: 1,
  schema: v.variant("type", [
    ...deploymentEvents,
    ...gateEvents,
    ...environmentEvents,
    ...resourceEvents,
    ...releaseEvents,
  ]),
});
