import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { removeTree } from "../../files/remove-tree.ts";
import { findProgram } from "../../inputs/tools.ts";
import { readProcess } from "../../process/process-row.ts";
import { redactText } from "../../secrets/redaction/redact.ts";
import type { Made, Observed, Outputs, ResourceContext, ResourceProvider } from "../resource.ts";
import { callFailed, neverMade, noConfiguration, noProgram, notAnswered } from "./failures.ts";
import {
  deviationSentences,
  driftSentences,
  type Plan,
  parseOutputs,
  parsePlan,
  planSentences,
} from "./plan-sentences.ts";
import { endLeftRunning, type Ran, run } from "./run.ts";
import {
  madeFor,
  resourcesInState,
  type TerraformSpec,
  type Workspace,
  workspaceOf,
  writeVariables,
} from "./workspace.ts";

export interface TerraformOptions {
  /** What programs inherit, and where they are looked for. Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long a call that looks may take, and one that changes. Defaults: 10 and 60 minutes. */
  readonly lookLimitMs?: number;
  readonly changeLimitMs?: number;
}

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
      if (context.made === undefined || !existsSync(workspaceOf(context, context.made).state))
        return failed(neverMade(spec, context.environment));
      const at = opened(spec, context, context.made);
      return at.ok ? outputsOf(at.value) : at;
    },

    async observe(spec, context) {
      if (context.made === undefined || !existsSync(workspaceOf(context, context.made).state))
        return ok({ state: "absent" });
      const at = opened(spec, context, context.made);
      if (!at.ok) return unreachable(at.failures);
      return onDisk(at.value, () => withTemporary(at.value, (folder) => observe(at.value, folder)));
    },

    async plan(spec, context) {
      const at = opened(spec, context, context.made ?? madeFor(context.environment, spec.name));
      if (!at.ok) return at;
      if (!hasConfiguration(spec)) return failed(noConfiguration(spec));
      return onDisk(at.value, () => withTemporary(at.value, (folder) => plan(at.value, folder)));
    },

    async destroy(spec, context) {
      if (context.made === undefined) return ok();
      const { folder } = workspaceOf(context, context.made);
      if (!existsSync(folder)) return ok();
      const emptied = await empty(() => opened(spec, context, context.made!), context);
      if (!emptied.ok) return emptied;
      await removeTree(folder);
      await removeIfEmpty(dirname(folder));
      await removeIfEmpty(dirname(dirname(folder)));
      return ok();
    },
  };
}

/** A workspace, and everything that is needed to call the program for it. */
interface Opened {
  readonly spec: TerraformSpec;
  readonly context: ResourceContext;
  readonly workspace: Workspace;
  /** Where the configuration is read from. */
  readonly dir: string;
  readonly call: (args: readonly string[], how?: How) => Promise<Result<Ran>>;
}

interface How {
  readonly isChange?: true;
  /** Other providers and modules than the workspace's own. */
  readonly data?: string;
}

function open(
  options: Required<TerraformOptions>,
  spec: TerraformSpec,
  context: ResourceContext,
  made: Made,
): Result<Opened> {
  const { environment, lookLimitMs, changeLimitMs } = options;
  const names = spec.program === undefined ? ["terraform", "tofu"] : [spec.program];
  const found = names.map((name) => findProgram(name, environment.PATH ?? "", "/")).find((file) => file !== undefined);
  if (found === undefined) return failed(noProgram(spec));
  const workspace = workspaceOf(context, made);
  // What was made can be destroyed also when its configuration went with a branch.
  const dir = hasConfiguration(spec) ? spec.dir : workspace.empty;
  const secrets = [...context.secrets.values()];
  const onLine = (line: string): void => {
    if (/^\S+( \([a-z-]+\))?: /.test(line)) context.say(redactText(line, secrets));
  };
  const call: Opened["call"] = (args, { isChange, data } = {}) =>
    run({
      program: found,
      args: [`-chdir=${dir}`, ...args],
      workspace,
      environment,
      limitMs: isChange ? changeLimitMs : lookLimitMs,
      signal: context.signal,
      ...(data !== undefined && { data }),
      ...(isChange && { onLine }),
    });
  return ok({ spec, context, workspace, dir, call });
}

function hasConfiguration({ dir }: TerraformSpec): boolean {
  try {
    return readdirSync(dir).some((name) => /\.(tf|tofu)(\.json)?$/.test(name));
  } catch {
    return false;
  }
}

const quiet = ["-input=false", "-no-color"];
/** Another process may be about to end. */
const patient = "-lock-timeout=30s";

/** Brings what is there to what the configuration says, or, with `-destroy`, to nothing. Nothing to do costs a look. */
async function apply(at: Opened, more: readonly string[]): Promise<Result<void>> {
  const { spec, workspace, context } = at;
  prepare(at);
  if (await endLeftRunning(workspace)) context.say("What an earlier process left running was ended.");
  const ready = await init(at);
  if (!ready.ok) return ready;
  const planned = await planInto(at, workspace.plan, [patient, ...more]);
  if (!planned.ok || !planned.value) return planned.ok ? ok() : planned;
  const ran = await at.call(["apply", ...quiet, patient, `-state=${workspace.state}`, workspace.plan], {
    isChange: true,
  });
  await removeTree(workspace.plan);
  if (!ran.ok) return ran;
  const doing = more.includes("-destroy") ? "could not be destroyed" : "could not be made";
  return ran.value.code === 0 ? ok() : failed(callFailed(spec, doing, ran.value.stderr, context));
}

function prepare({ workspace, spec, context }: Opened): void {
  makeFolder(workspace.empty);
  writeVariables(workspace.variables, spec, context.environment);
}

/** Fetches providers and modules. Its own state is the only one that there is: a backend is never asked. */
async function init(at: Opened, data?: string): Promise<Result<void>> {
  const args = ["init", "-backend=false", "-lockfile=readonly", ...quiet];
  const ran = await at.call(args, data === undefined ? {} : { data });
  if (!ran.ok) return ran;
  if (ran.value.code === 0) return ok();
  return failed(callFailed(at.spec, "could not be prepared", ran.value.stdout + ran.value.stderr, at.context));
}

/** Resolves with whether there is something to do; the plan is in the file then. */
async function planInto(
  at: Opened,
  file: string,
  more: readonly string[],
  how: How & { readonly variables?: string } = {},
): Promise<Result<boolean>> {
  const { workspace, spec, context } = at;
  const paths = [`-state=${workspace.state}`, `-var-file=${how.variables ?? workspace.variables}`, `-out=${file}`];
  const ran = await at.call(["plan", "-detailed-exitcode", ...quiet, ...paths, ...more], how);
  if (!ran.ok) return ran;
  if (ran.value.code === 0 || ran.value.code === 2) return ok(ran.value.code === 2);
  return failed(callFailed(spec, "could not be planned", ran.value.stderr, context));
}

async function showPlan(at: Opened, file: string, how: How = {}): Promise<Result<Plan>> {
  const ran = await at.call(["show", "-json", file], how);
  if (!ran.ok) return ran;
  const plan = ran.value.code === 0 ? parsePlan(ran.value.stdout) : undefined;
  return plan === undefined ? failed(notAnswered(at.spec, ran.value.stderr, at.context)) : ok(plan);
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

async function outputsOf({ call, spec, context, workspace }: Opened): Promise<Result<Outputs>> {
  const ran = await call(["output", "-json", "-no-color", `-state=${workspace.state}`]);
  if (!ran.ok) return ran;
  const outputs = ran.value.code === 0 ? parseOutputs(ran.value.stdout) : undefined;
  return outputs === undefined ? failed(notAnswered(spec, ran.value.stderr, context)) : ok(outputs);
}

/** Destroys what the state knows. When it knows nothing, no program is needed. */
async function empty(opened: () => Result<Opened>, context: ResourceContext): Promise<Result<void>> {
  const workspace = workspaceOf(context, context.made!);
  await endLeftRunning(workspace);
  if (resourcesInState(workspace) === 0) return ok();
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
