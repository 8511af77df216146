import type { VerbEntry } from "./verb.ts";

/** Every verb, in the order of the help: the pipeline, the way to production, looking, mending. */
export const verbTable: readonly VerbEntry[] = [
  {
    name: "init",
    summary: "Write a tidegate.config.ts that fits this repository",
    load: async () => (await import("./verbs/init.ts")).init,
  },
  {
    name: "check",
    summary: "Find everything that is wrong without running anything",
    load: async () => (await import("./verbs/check.ts")).check,
  },
  {
    name: "run",
    summary: "Run the pipeline, or only the named tasks and what they need",
    load: async () => (await import("./verbs/run.ts")).run,
  },
  {
    name: "dev",
    summary: "Run the services on this machine from the checkout's files, and again after each change",
    load: async () => (await import("./verbs/dev.ts")).dev,
  },
  {
    name: "ship",
    summary: "Bring this commit to production: pipeline, release, every environment in order",
    load: async () => (await import("./verbs/ship.ts")).ship,
  },
  {
    name: "release",
    summary: "Make a release from the pipeline's outputs, or inspect existing ones",
    load: async () => (await import("./verbs/release.ts")).release,
  },
  {
    name: "deploy",
    summary: "Deploy a release to one environment",
    load: async () => (await import("./verbs/deploy.ts")).deploy,
  },
  {
    name: "promote",
    summary: "Deploy what the previous environment is serving",
    load: async () => (await import("./verbs/promote.ts")).promote,
  },
  {
    name: "pause",
    summary: "Pause the deployment in progress: nothing further begins",
    load: async () => (await import("./verbs/steering.ts")).pause,
  },
  {
    name: "resume",
    summary: "Go on with a deployment that is paused or waits for a person",
    load: async () => (await import("./verbs/steering.ts")).resume,
  },
  {
    name: "abort",
    summary: "Revert the deployment in progress",
    load: async () => (await import("./verbs/steering.ts")).abort,
  },
  {
    name: "rollback",
    summary: "Go back to the previous release, in one switch",
    load: async () => (await import("./verbs/rollback.ts")).rollback,
  },
  {
    name: "plan",
    summary: "Show what a deployment would do, without touching anything",
    load: async () => (await import("./verbs/plan.ts")).plan,
  },
  {
    name: "approve",
    summary: "Look at a deployment that waits for approval, and approve or reject it",
    load: async () => (await import("./verbs/approve.ts")).approve,
  },
  {
    name: "acknowledge",
    summary: "Say that the gates overridden for a deployment have been looked into",
    load: async () => (await import("./verbs/acknowledge.ts")).acknowledge,
  },
  {
    name: "rehearse",
    summary: "Try out going back from a release, in a throw-away environment",
    load: async () => (await import("./verbs/rehearse.ts")).rehearse,
  },
  {
    name: "status",
    summary: "Show what is running where, as it really is",
    load: async () => (await import("./verbs/status.ts")).status,
  },
  {
    name: "parity",
    summary: "Compare environments: equal except where the definition says so",
    load: async () => (await import("./verbs/parity.ts")).parity,
  },
  {
    name: "drift",
    summary: "Show where what is running differs from what was deployed",
    load: async () => (await import("./verbs/drift.ts")).drift,
  },
  {
    name: "history",
    summary: "Show what was deployed, rolled back and restarted",
    load: async () => (await import("./verbs/history.ts")).history,
  },
  {
    name: "audit",
    summary: "Show who did what and why, export it signed, and prove that nothing of it was changed",
    load: async () => (await import("./verbs/audit.ts")).audit,
  },
  {
    name: "alerts",
    summary: "Show what people were told of, or send a trial through each channel",
    load: async () => (await import("./verbs/alerts.ts")).alerts,
  },
  {
    name: "dora",
    summary: "Show DORA's five figures, from the ledger of deployments",
    load: async () => (await import("./verbs/dora.ts")).dora,
  },
  {
    name: "docs",
    summary: "Write the four documents that describe the system, or check that they are still true",
    load: async () => (await import("./verbs/docs.ts")).docs,
  },
  {
    name: "logs",
    summary: "Show what a task or a service wrote",
    load: async () => (await import("./verbs/logs.ts")).logs,
  },
  {
    name: "tests",
    summary: "Show how individual tests did over the last runs: flaky, slow, failing",
    load: async () => (await import("./verbs/tests.ts")).tests,
  },
  {
    name: "explain",
    summary: "Explain why a task ran or did not, or what happened in a deployment",
    load: async () => (await import("./verbs/explain.ts")).explain,
  },
  {
    name: "analysis",
    summary: "Derive the verdicts on a past canary again, from what was counted",
    load: async () => (await import("./verbs/analysis.ts")).analysis,
  },
  {
    name: "cache",
    summary: "Show, prune and verify the cache of task results",
    load: async () => (await import("./verbs/cache.ts")).cache,
  },
  {
    name: "env",
    summary: "Create, save, restore and destroy environments and their data",
    load: async () => (await import("./verbs/env.ts")).env,
  },
  {
    name: "state",
    summary: "Manage the state that environments depend on: where it is, backups, integrity",
    load: async () => (await import("./verbs/state.ts")).state,
  },
  {
    name: "config",
    summary: "Show, explain, compare, check, export and import config",
    load: async () => (await import("./verbs/config.ts")).config,
  },
  {
    name: "secrets",
    summary: "Set, read, check and rotate the encrypted secrets",
    load: async () => (await import("./verbs/secrets.ts")).secrets,
  },
  {
    name: "doctor",
    summary: "Check the machine and the project's state",
    load: async () => (await import("./verbs/doctor.ts")).doctor,
  },
  {
    name: "help",
    summary: "Show all verbs, or how to use one",
    load: async () => (await import("./verbs/help.ts")).helpOf(verbTable),
  },
  {
    name: "version",
    summary: "Print the version",
    load: async () => (await import("./verbs/version.ts")).versionVerb,
  },
];
