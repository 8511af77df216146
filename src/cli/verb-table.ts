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
    summary: "Find everything wrong that can be found without running",
    load: async () => (await import("./verbs/check.ts")).check,
  },
  {
    name: "run",
    summary: "Run the pipeline, or the tasks named and what they need",
    load: async () => (await import("./verbs/run.ts")).run,
  },
  {
    name: "ship",
    summary: "Bring this commit to production: pipeline, release, every environment in order",
    load: async () => (await import("./verbs/ship.ts")).ship,
  },
  {
    name: "release",
    summary: "Make a release from the pipeline's outputs, or look at those there are",
    load: async () => (await import("./verbs/release.ts")).release,
  },
  {
    name: "deploy",
    summary: "Deploy a release to one environment",
    load: async () => (await import("./verbs/deploy.ts")).deploy,
  },
  {
    name: "promote",
    summary: "Deploy what the environment before serves",
    load: async () => (await import("./verbs/promote.ts")).promote,
  },
  {
    name: "rollback",
    summary: "Go back to the release that served before, in one switch",
    load: async () => (await import("./verbs/rollback.ts")).rollback,
  },
  {
    name: "plan",
    summary: "Say what deploying would do, and touch nothing",
    load: async () => (await import("./verbs/plan.ts")).plan,
  },
  {
    name: "status",
    summary: "Show what runs where, by looking",
    load: async () => (await import("./verbs/status.ts")).status,
  },
  {
    name: "parity",
    summary: "Compare environments: equal except where the definition says so",
    load: async () => (await import("./verbs/parity.ts")).parity,
  },
  {
    name: "drift",
    summary: "Say how what runs is not what was deployed",
    load: async () => (await import("./verbs/drift.ts")).drift,
  },
  {
    name: "history",
    summary: "Show what was deployed, rolled back and restarted",
    load: async () => (await import("./verbs/history.ts")).history,
  },
  {
    name: "dora",
    summary: "Show DORA's five figures, from the ledger of deployments",
    load: async () => (await import("./verbs/dora.ts")).dora,
  },
  {
    name: "docs",
    summary: "Write the four documents that describe the system, or check that they are true",
    load: async () => (await import("./verbs/docs.ts")).docs,
  },
  {
    name: "logs",
    summary: "Show what a task or a service wrote",
    load: async () => (await import("./verbs/logs.ts")).logs,
  },
  {
    name: "tests",
    summary: "Show how single tests did over the last runs: flaky, slow, failing",
    load: async () => (await import("./verbs/tests.ts")).tests,
  },
  {
    name: "explain",
    summary: "Say why a task ran or did not, or what happened in a deployment",
    load: async () => (await import("./verbs/explain.ts")).explain,
  },
  {
    name: "cache",
    summary: "Look at the cache of task results, prune it, verify it",
    load: async () => (await import("./verbs/cache.ts")).cache,
  },
  {
    name: "env",
    summary: "Create, save, restore and destroy environments, and what they keep",
    load: async () => (await import("./verbs/env.ts")).env,
  },
  {
    name: "state",
    summary: "Look after what environments live from: where it is, backups, whether it is whole",
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
    summary: "Show all verbs, or how one is used",
    load: async () => (await import("./verbs/help.ts")).helpOf(verbTable),
  },
  {
    name: "version",
    summary: "Print the version",
    load: async () => (await import("./verbs/version.ts")).versionVerb,
  },
];
