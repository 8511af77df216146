import type { Event } from "../../../src/events/event.ts";

/** A run in which everything happens that can happen to a task. */
export const eventfulRun: readonly Event[] = [
  {
    type: "runStarted",
    project: "small",
    run: "12",
    concurrency: 2,
    tasks: [
      { name: "install", stage: "build", needs: [] },
      { name: "build", stage: "build", needs: ["install"] },
      { name: "lint", stage: "verify", needs: ["install"] },
      { name: "test", stage: "verify", needs: ["build"] },
      { name: "image", stage: "package", needs: ["test"] },
    ],
  },
  { type: "taskHit", task: "install", fingerprint: "sha256:1", restored: 120, savedMs: 4300 },
  {
    type: "taskStarted",
    task: "build",
    attempt: 1,
    reason: { reason: "changed", part: "input:src/index.ts", before: "sha256:aa", after: "sha256:bb", others: 2 },
  },
  { type: "taskStarted", task: "lint", attempt: 1, reason: { reason: "firstTime" } },
  { type: "taskOutput", task: "build", stream: "stdout", text: "compiling" },
  { type: "taskOutput", task: "lint", stream: "stderr", text: "\u001b]0;title\u0007\u001b[31m1 warning\u001b[0m" },
  {
    type: "taskFinished",
    task: "build",
    outcome: { outcome: "succeeded" },
    durationMs: 1234,
    cache: { stored: true, fingerprint: "sha256:2" },
  },
  {
    type: "taskFinished",
    task: "lint",
    outcome: { outcome: "succeeded" },
    durationMs: 934,
    cache: { stored: false, because: "inputsChanged", detail: "src/a.ts" },
  },
  { type: "taskStarted", task: "test", attempt: 1, reason: { reason: "forced" } },
  { type: "taskStarted", task: "test", attempt: 2, reason: { reason: "forced" } },
  {
    type: "taskFinished",
    task: "test",
    outcome: { outcome: "failed", failures: [{ code: "task-failed", message: "Task test ended with exit status 1" }] },
    durationMs: 500,
    cache: { stored: false, because: "failed" },
    tests: { passed: 11, failed: 1, skipped: 2 },
  },
  { type: "taskSkipped", task: "image", because: { reason: "needFailed", need: "test" } },
  {
    type: "runFinished",
    run: "12",
    outcome: "failed",
    durationMs: 2345,
    counts: { hits: 1, ran: 3, failed: 1, skipped: 1 },
  },
];

export const newRelease = `sha256:1a2b3c4d${"0".repeat(56)}`;
export const oldRelease = `sha256:99aa88bb${"0".repeat(56)}`;

const about = { environment: "production", deployment: 7 };
const steps = [
  { kind: "migrate", subjects: ["web"] },
  { kind: "start", subjects: ["d7-web-1"] },
  { kind: "check", subjects: ["smoke"] },
  { kind: "route", subjects: ["d7-web-1"] },
  { kind: "stop", subjects: ["d6-web-1"] },
] as const;
const step = (index: number): Event[] => [
  { type: "stepStarted", ...about, step: index, direction: "forward", summary: steps[index]! },
];
const done = (index: number): Event => ({
  type: "stepFinished",
  ...about,
  step: index,
  direction: "forward",
  durationMs: 200,
});
const begun: readonly Event[] = [
  {
    type: "deploymentStarted",
    ...about,
    release: newRelease,
    from: oldRelease,
    kind: "deploy",
    strategy: "rolling",
    steps,
  },
  ...step(0),
  { type: "jobOutput", ...about, job: "migrate-web", text: "two tables" },
  done(0),
  ...step(1),
  { type: "instanceStarted", environment: "production", instance: "d7-web-1", address: "127.0.0.1:4001" },
  { type: "instanceHealthy", environment: "production", instance: "d7-web-1", afterMs: 340 },
  done(1),
  ...step(2),
];

/** A deployment that goes through. */
export const goodDeployment: readonly Event[] = [
  ...begun,
  done(2),
  ...step(3),
  {
    type: "trafficSwitched",
    environment: "production",
    to: [{ deployment: 3, release: newRelease, share: 1, instances: 1 }],
  },
  done(3),
  ...step(4),
  { type: "instanceStopped", environment: "production", instance: "d6-web-1", how: "asked" },
  done(4),
  {
    type: "deploymentFinished",
    ...about,
    release: newRelease,
    outcome: "deployed",
    serving: newRelease,
    durationMs: 12_300,
    failures: [],
  },
];

const refusal = [{ code: "check-failed", message: "Check smoke ended with exit status 1" }] as const;
const back = [{ kind: "stop", subjects: ["d7-web-1"] }] as const;

/** A deployment whose check fails, and that goes back. */
export const revertedDeployment: readonly Event[] = [
  ...begun,
  { type: "stepFailed", ...about, step: 2, direction: "forward", failures: refusal },
  { type: "revertStarted", ...about, failures: refusal, steps: back },
  { type: "stepStarted", ...about, step: 0, direction: "revert", summary: back[0] },
  { type: "stepFinished", ...about, step: 0, direction: "revert", durationMs: 30 },
  {
    type: "deploymentFinished",
    ...about,
    release: newRelease,
    outcome: "reverted",
    serving: oldRelease,
    durationMs: 3300,
    failures: refusal,
  },
];
