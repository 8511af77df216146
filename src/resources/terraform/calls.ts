import { readdirSync } from "node:fs";
import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import { removeTree } from "../../files/remove-tree.ts";
import { findProgram } from "../../inputs/tools.ts";
import { redactText } from "../../secrets/redaction/redact.ts";
import type { Made, Outputs, ResourceContext } from "../resource.ts";
import { callFailed, noProgram, notAnswered } from "./failures.ts";
import type { TerraformSpec } from "./kind.ts";
import { type Plan, parseOutputs, parsePlan } from "./plan-sentences.ts";
import { endLeftRunning, type Ran, run } from "./run.ts";
import { filledIn, type Workspace, workspaceOf, writeVariables } from "./workspace.ts";

export interface TerraformOptions {
  /** Where programs are looked for, and what they inherit what every program needs of. Default: this process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long a call that looks may take, and one that changes. Defaults: 10 and 60 minutes. */
  readonly lookLimitMs?: number;
  readonly changeLimitMs?: number;
}

/** A workspace, and everything that is needed to call the program for it. */
export interface Opened {
  readonly spec: TerraformSpec;
  readonly context: ResourceContext;
  readonly workspace: Workspace;
  /** Where the configuration is read from. */
  readonly dir: string;
  readonly call: (args: readonly string[], how?: How) => Promise<Result<Ran>>;
}

/** What is special about a call. */
export interface How {
  readonly isChange?: true;
  /** Other providers and modules than the workspace's own. */
  readonly data?: string;
}

/** Fails when the program is not on the PATH. */
export function open(
  options: Required<TerraformOptions>,
  spec: TerraformSpec,
  context: ResourceContext,
  made: Made,
): Result<Opened> {
  const { environment, lookLimitMs, changeLimitMs } = options;
  const names = spec.program === undefined ? ["terraform", "tofu"] : [spec.program];
  const found = names.map((name) => findProgram(name, environment.PATH ?? "", "/")).find((file) => file !== undefined);
  if (found === undefined) return failed(noProgram(spec));
  const at = workspaceOf(context, made);
  if (!at.ok) return at;
  const workspace = at.value;
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
      env: filledIn(spec.env ?? {}, context.environment),
      limitMs: isChange ? changeLimitMs : lookLimitMs,
      signal: context.signal,
      ...(data !== undefined && { data }),
      ...(isChange && { onLine }),
    });
  return ok({ spec, context, workspace, dir, call });
}

/** Whether there is something that the program would read. */
export function hasConfiguration({ dir }: TerraformSpec): boolean {
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
export async function apply(at: Opened, more: readonly string[]): Promise<Result<void>> {
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
  const doing = more.includes("-destroy") ? "could not be destroyed" : "could not be created";
  return ran.value.code === 0 ? ok() : failed(callFailed(spec, doing, ran.value.stderr, context));
}

function prepare({ workspace, spec, context }: Opened): void {
  makeFolder(workspace.empty);
  writeVariables(workspace.variables, spec, context.environment);
}

/** Fetches providers and modules. Its own state is the only one that there is: a backend is never asked. */
export async function init(at: Opened, data?: string): Promise<Result<void>> {
  const args = ["init", "-backend=false", "-lockfile=readonly", ...quiet];
  const ran = await at.call(args, data === undefined ? {} : { data });
  if (!ran.ok) return ran;
  if (ran.value.code === 0) return ok();
  return failed(callFailed(at.spec, "could not be prepared", ran.value.stdout + ran.value.stderr, at.context));
}

/** Resolves with whether there is something to do; the plan is in the file then. */
export async function planInto(
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

/** What stands in a plan. */
export async function showPlan(at: Opened, file: string, how: How = {}): Promise<Result<Plan>> {
  const ran = await at.call(["show", "-json", file], how);
  if (!ran.ok) return ran;
  const plan = ran.value.code === 0 ? parsePlan(ran.value.stdout) : undefined;
  return plan === undefined ? failed(notAnswered(at.spec, ran.value.stderr, at.context)) : ok(plan);
}

/** What the state tells. */
export async function outputsOf({ call, spec, context, workspace }: Opened): Promise<Result<Outputs>> {
  const ran = await call(["output", "-json", "-no-color", `-state=${workspace.state}`]);
  if (!ran.ok) return ran;
  const outputs = ran.value.code === 0 ? parseOutputs(ran.value.stdout) : undefined;
  return outputs === undefined ? failed(notAnswered(spec, ran.value.stderr, context)) : ok(outputs);
}
