import { parseSet } from "../../config/parse-set.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import type { SecretValues, SetValues } from "../../config/resolve.ts";
import { type Standing, standingsOf } from "../../config/standing.ts";
import { environmentOrder } from "../../environment/order.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { findEnvironment } from "../find-environment.ts";
import { type OpenProject, openProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { openSecretProvider } from "./secret-provider.ts";

/** A project and what its environments' secrets are, for the verbs that look at config. */
export interface OpenConfig extends OpenProject {
  readonly environments: readonly OpenEnvironment[];
  readonly set: SetValues;
}

/** An environment and what was answered for its secrets. */
export interface OpenEnvironment {
  readonly name: string;
  readonly secrets: SecretValues;
}

/** What a verb was asked to look at. */
export interface ConfigCall {
  /** Which environments; none: all. */
  readonly environments?: readonly string[];
  /** What is set as if by hand: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

/** Opens the project and reads the secrets of the environments asked for. One that cannot be read is no failure. */
export async function openConfig(ports: Ports, call: ConfigCall = {}): Promise<Result<OpenConfig>> {
  const project = await openProject(ports);
  if (!project.ok) return project;
  const set = parseSet(project.value.project, call.set ?? []);
  if (!set.ok) return set;
  const names = namesOf(project.value, call.environments);
  if (!names.ok) return names;
  const provider = await openSecretProvider(project.value, ports);
  const secrets = await readSecrets(project.value.project, provider, names.value);
  const environments = names.value.map((name) => ({ name, secrets: secrets.get(name)! }));
  return ok({ ...project.value, environments, set: set.value });
}

/** Every key of one of them. */
export function standings(config: OpenConfig, { name, secrets }: OpenEnvironment): Promise<Standing[]> {
  return standingsOf(config.project, name, secrets, config.set);
}

function namesOf(project: OpenProject, asked: readonly string[] = []): Result<string[]> {
  if (asked.length === 0) return ok(environmentOrder(project.project));
  const found = asked.map((name) => findEnvironment(project, name));
  const failures = found.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok([...asked]);
}
