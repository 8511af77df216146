import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { DriftReport } from "../../src/environment/drift/report.ts";
import { embeddedGateway } from "../../src/gateway/embedded/client.ts";
import type { EnvironmentRoutes } from "../../src/gateway/gateway.ts";
import type { TestProject } from "./project.ts";

/** What drift says of staging. */
export async function driftOf(
  project: TestProject,
  ...options: string[]
): Promise<DriftReport & { readonly code: number }> {
  const { stdout, stderr, code } = await project.run("drift", "staging", "--json", ...options);
  const report = stdout.split("\n").find((line) => line.startsWith('{"type":"drift"'));
  if (report === undefined) throw new Error(`${code} ${stderr} ${stdout}`);
  return { ...JSON.parse(report), code };
}

/** Tells the gateway another table behind Tidegate's back. */
export async function changeTable(
  project: TestProject,
  change: (table: EnvironmentRoutes) => EnvironmentRoutes,
): Promise<void> {
  const run = join(project.parent, "run");
  const socket = readdirSync(run, { recursive: true, encoding: "utf8" }).find((path) => path.endsWith("gateway.sock"));
  const gateway = embeddedGateway(join(run, socket!));
  const observed = await gateway.observe();
  if (!observed.ok) throw new Error(JSON.stringify(observed));
  const table = observed.value.environments.find(({ environment }) => environment === "staging");
  expect(await gateway.apply(change(table!))).toMatchObject({ ok: true });
}

/** Changes the definition's text, and expects that something of it was there. */
export function redefine(project: TestProject, from: string, to: string): void {
  const file = join(project.folder, "tidegate.config.ts");
  const before = readFileSync(file, "utf8");
  expect(before).toContain(from);
  writeFileSync(file, before.replace(from, to));
}

/** What the driver noted of an instance. */
export function recordOf(project: TestProject, id: string) {
  return JSON.parse(readFileSync(join(project.stateFolder, "instances", "staging", id, "instance.json"), "utf8"));
}

/** What a process has in its environment. */
export function environmentOf(pid: number): Record<string, string> {
  const entries = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
  return Object.fromEntries(entries.map((entry) => [entry.split("=")[0], entry.slice(entry.indexOf("=") + 1)]));
}
