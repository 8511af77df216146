import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { thoroughly } from "../../support/require.ts";
import { TestLedger, testHost } from "../ledger.ts";
import type { Call } from "./call.ts";

/** How a call ended: killed at its step, or with its result. */
export interface Ended {
  readonly killed: boolean;
  readonly output: string;
}

/** Calls the provider in a process of its own, as another user if asked. */
export function callInProcess(call: Call, user: { readonly uid?: number; readonly gid?: number } = {}): Promise<Ended> {
  const argv = [join(import.meta.dirname, "call.ts"), JSON.stringify(call)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, argv, user, (error, stdout, stderr) => {
      const signal = (error as { readonly signal?: string } | null)?.signal;
      if (error !== null && signal !== "SIGKILL") reject(new Error(`${call.does}: ${stdout}\n${stderr}`));
      else resolve({ killed: signal === "SIGKILL", output: stdout });
    });
  });
}

/** The environment's ledger, as calls in other processes have left it. */
export function ledgerOf(folder: string, environment: string): TestLedger {
  const ledger = new TestLedger(testHost(folder), environment);
  const file = join(folder, `ledger-${environment}.json`);
  if (existsSync(file)) ledger.made = JSON.parse(readFileSync(file, "utf8"));
  return ledger;
}

/**
 * Every so many steps; odd, since some checks take turns by the step. Each step starts a server or two: all of them take longer
 * than everything else together.
 */
const stride = thoroughly(3, 9);

/**
 * Makes the call again and again, killed some steps later each time, until it comes to its end. After each kill `check` is
 * called, after which the next one may begin.
 */
export async function killedEverywhere(call: Call, check: (step: number) => Promise<void>): Promise<void> {
  for (let step = 1; ; step += stride) {
    const ended = await callInProcess({ ...call, killAt: step });
    await check(step);
    if (ended.killed) continue;
    // A call that does nothing would pass.
    expect(step).toBeGreaterThan(5);
    return;
  }
}
