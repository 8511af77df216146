import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { removeTree } from "../../files/remove-tree.ts";
import { readProcess } from "../../process/process-row.ts";
import type { Made, Observed, ResourceContext, ResourceProvider } from "../resource.ts";
import {
  apply,
  hasConfiguration,
  init,
  type Opened,
  open,
  outputsOf,
  planInto,
  showPlan,
  type TerraformOptions,
} from "./calls.ts";
import { neverMade, noConfiguration, stateNotUnderstood } from "./failures.ts";
import type { TerraformSpec } from "./kind.ts";
import { deviationSentences, driftSentences, planSentences } from "./plan-sentences.ts";
import { endLeftRunning } from "./run.ts";
import { madeFor, madeWorkspace, readState, type Workspace, workspaceOf, writeVariables } from "./workspace.ts";

/**
 * What a Terraform or OpenTofu configuration makes, with a state for each environment that is kept in the host's folder. The
 * folder of the configuration is only read: a lock file of providers is respected, never written.
 */
export function terraformProvider(options: TerraformOptions = {}): ResourceProvider<TerraformSpec> {
  const opened = (spec: TerraformSpec, context: ResourceContext, made: Made) =>
    open({ environment: process.env, lookLimitMs: 600_000, changeLimitMs: 3_600_000, ...options }, spec, context, made);
  return {
    kind: "terraform",

    async create(spec, context) {
      const made = context.made ?? madeFor(context.environment, spec.name);
      const at = opened(spec, context, made);
      if (!at.ok) return at;
      if (!hasConfiguration(spec)) return failed(noConfiguration(spec));
      const noted = await context.note(made);
      if (!noted.ok) return noted;
      const applied = await onDisk(at.value, () => apply(at.value, []));
      return applied.ok ? ok(made) : applied;
    },

    async connect(spec, context) {
      const workspace = madeWorkspace(context);
      if (!workspace.ok) return workspace;
      if (context.made === undefined || workspace.value === undefined)
        return failed(neverMade(spec, context.environment));
      const at = opened(spec, context, context.made);
      return at.ok ? outputsOf(at.value) : at;
    },

    async observe(spec, context, depth) {
      const workspace = madeWorkspace(context);
      if (!workspace.ok) return workspace;
      if (context.made === undefined || workspace.value === undefined) return ok({ state: "absent" });
      if (depth !== "whole") return glance(spec, workspace.value, context);
      const at = opened(spec, context, context.made);
      if (!at.ok) return unreachable(at.failures);
      return onDisk(at.value, () => withTemporary(at.value, (folder) => observe(at.value, folder)));
    },

    mending: (_, { environment }) => [
      `To see what does not match its configuration: tidegate drift ${environment}`,
      `To have it created or repaired: tidegate env create ${environment}`,
    ],

    async plan(spec, context) {
      const at = opened(spec, context, context.made ?? madeFor(context.environment, spec.name));
      if (!at.ok) return at;
      if (!hasConfiguration(spec)) return failed(noConfiguration(spec));
      return onDisk(at.value, () => withTemporary(at.value, (folder) => plan(at.value, folder)));
    },

    async destroy(spec, context) {
      if (context.made === undefined) return ok();
      const workspace = workspaceOf(context, context.made);
      if (!workspace.ok) return workspace;
      const { folder } = workspace.value;
      if (!existsSync(folder)) return ok();
      const emptied = await empty(() => opened(spec, context, context.made!), workspace.value);
      if (!emptied.ok) return emptied;
      await removeTree(folder);
      await removeIfEmpty(dirname(folder));
      await removeIfEmpty(dirname(dirname(folder)));
      return ok();
    },
  };
}

/** What its state says. Whether that is true only the program can tell, by asking whom it made it with. */
function glance(spec: TerraformSpec, workspace: Workspace, context: ResourceContext): Result<Observed> {
  const state = readState(workspace);
  if (state === undefined) return failed(stateNotUnderstood(spec, context, workspace.state));
  const { terraform_version: version } = state;
  const leftOut = ["whether it matches its configuration"];
  return ok({ state: "there", deviations: [], unchecked: [], leftOut, ...(version !== undefined && { version }) });
}

/** What the next `create` would do. It is looked at beside the workspace, in which the agent may be at work. */
async function plan(at: Opened, folder: string): Promise<Result<readonly string[]>> {
  const variables = join(folder, "variables.tfvars.json");
  writeVariables(variables, at.spec, at.context.environment);
  const data = join(folder, "data");
  const ready = await init(at, data);
  if (!ready.ok) return ready;
  const file = join(folder, "plan");
  const planned = await planInto(at, file, ["-lock=false"], { data, variables });
  if (!planned.ok) return planned;
  const shown = planned.value ? await showPlan(at, file, { data }) : undefined;
  if (shown === undefined) return ok([]);
  return shown.ok ? ok(planSentences(shown.value)) : shown;
}

/** What somebody else changed, and what is not as the configuration says: the one is not always in the other. */
async function observe(at: Opened, folder: string): Promise<Result<Observed>> {
  const variables = join(folder, "variables.tfvars.json");
  writeVariables(variables, at.spec, at.context.environment);
  const file = join(folder, "plan");
  const looked = await planInto(at, file, ["-lock=false", "-refresh-only"], { variables });
  const drift = looked.ok ? await showPlan(at, file) : looked;
  if (!drift.ok) return unreachable(drift.failures);
  const planned = await planInto(at, file, ["-lock=false"], { variables });
  const wanted = planned.ok ? await showPlan(at, file) : planned;
  if (!wanted.ok) return unreachable(wanted.failures);
  const { terraform_version: version } = wanted.value;
  const deviations = [...driftSentences(drift.value), ...deviationSentences(wanted.value)];
  return ok({ state: "there", deviations, unchecked: [], ...(version !== undefined && { version }) });
}

function unreachable(failures: readonly Failure[]): Result<never> {
  const told = failures.map((one) =>
    one.code === "interrupted" ? one : { ...one, code: "resource-unreachable" as const },
  );
  return failed(...told);
}

/** Destroys what the state knows. When it knows nothing, no program is needed. */
async function empty(opened: () => Result<Opened>, workspace: Workspace): Promise<Result<void>> {
  await endLeftRunning(workspace);
  if (readState(workspace)?.resources.length === 0) return ok();
  const at = opened();
  return at.ok ? onDisk(at.value, () => apply(at.value, ["-destroy"])) : at;
}

/** A folder beside the others of the workspace for as long as somebody looks: plans may hold secrets, and are removed. */
async function withTemporary<T>({ context }: Opened, work: (folder: string) => Promise<Result<T>>): Promise<Result<T>> {
  const root = join(context.folder, "terraform");
  makeFolder(root);
  await removeLeftLooks(root);
  const folder = mkdtempSync(join(root, `.look-${process.pid}-`));
  try {
    return await work(folder);
  } finally {
    await removeTree(folder);
    await removeIfEmpty(root);
  }
}

/** Those of processes that were killed while they looked. */
async function removeLeftLooks(root: string): Promise<void> {
  for (const name of readdirSync(root)) {
    const pid = Number(/^\.look-(\d+)-/.exec(name)?.[1] ?? Number.NaN);
    if (!Number.isNaN(pid) && readProcess(pid) === undefined) await removeTree(join(root, name));
  }
}

/** What is left empty goes: the folder of an environment with its last resource, that of all with the last environment. */
async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
  });
}

async function onDisk<T>({ workspace }: Opened, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    const failure = fileFailure(error, workspace.folder);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}
