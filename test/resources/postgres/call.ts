// node call.ts <call as JSON>: one call of the provider in a process of its own, which ends without a word at its nth step.
import childProcess from "node:child_process";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import pg from "pg";
import type { SnapshotAbout } from "../../../src/records/resource.ts";
import { postgresProvider } from "../../../src/resources/postgres/provider.ts";
import type { Made } from "../../../src/resources/resource.ts";
import { TestLedger, testHost } from "../ledger.ts";
import { postgresSpec } from "../postgres-subject.ts";

/** What is done, and where what is known of it lies. */
export interface Call {
  readonly folder: string;
  readonly version: string;
  readonly environment: string;
  readonly does: "create" | "connect" | "destroy" | "take" | "restore" | "rehearse" | "forget";
  readonly snapshot?: SnapshotAbout;
  /** The step that it does not come to, counted from 1: statements, notes, programs, folders, renames, removals. */
  readonly killAt?: number;
}

const call = JSON.parse(process.argv[2]!) as Call;
let steps = 0;

function step(): void {
  steps += 1;
  if (steps === call.killAt) process.kill(process.pid, "SIGKILL");
}

/** Calls `step` before the real one. */
function counted<T extends object, K extends keyof T>(owner: T, name: K): void {
  const real = owner[name] as (...args: unknown[]) => unknown;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    step();
    return real.apply(this, args);
  } as T[K];
}

for (const name of ["renameSync", "rmSync", "mkdirSync"] as const) counted(fs, name);
counted(childProcess, "spawn");
syncBuiltinESMExports();
counted(pg.Client.prototype, "query");

const ledgerFile = `${call.folder}/ledger-${call.environment}.json`;
const ledger = new TestLedger(testHost(call.folder), call.environment);
if (fs.existsSync(ledgerFile)) ledger.made = JSON.parse(fs.readFileSync(ledgerFile, "utf8")) as Made;
const plain = ledger.context();
const keep = (made: Made) => fs.writeFileSync(ledgerFile, JSON.stringify(made));
const context = {
  ...plain,
  note: (made: Made) => {
    step();
    keep(made);
    step();
    return plain.note(made);
  },
};

const provider = postgresProvider();
const spec = postgresSpec(call.version);
const { snapshots } = provider;
const result = await {
  create: async () => {
    const made = await provider.create(spec, context);
    if (made.ok) keep(made.value);
    return made;
  },
  connect: () => provider.connect(spec, context),
  destroy: () => provider.destroy(spec, context),
  take: () => snapshots!.take(spec, context, "s1"),
  restore: () => snapshots!.restore(spec, context, call.snapshot!),
  rehearse: () => snapshots!.rehearse(spec, context, call.snapshot!),
  forget: () => snapshots!.forget(spec, context, call.snapshot!.place),
}[call.does]();
process.stdout.write(JSON.stringify(result));
process.exitCode = result.ok ? 0 : 1;
