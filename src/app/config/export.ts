import { type ExportedKey, revealed, withoutSecrets } from "../../config/export/exported.ts";
import { toEnv } from "../../config/export/to-env.ts";
import { toJson } from "../../config/export/to-json.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Ports } from "../ports.ts";
import { openConfig } from "./open-config.ts";

/** What config can be printed as. */
export const exportFormats = ["env", "json", "yaml", "kubernetes"] as const;

export type ExportFormat = (typeof exportFormats)[number];

async function print(
  format: ExportFormat,
  keys: readonly ExportedKey[],
  names: { readonly project: string; readonly environment: string },
): Promise<string> {
  switch (format) {
    case "env":
      return toEnv(keys);
    case "json":
      return toJson(keys);
    case "yaml":
      return (await import("../../config/export/to-yaml.ts")).toYaml(keys);
    case "kubernetes":
      return (await import("../../config/export/to-kubernetes.ts")).toKubernetes(keys, names);
    default:
      return format satisfies never;
  }
}

export interface ExportRequest {
  readonly environment: string;
  readonly format: ExportFormat;
  /** The values of secrets, too. */
  readonly withSecrets: boolean;
  /** As if a deployment had it: `KEY=VALUE`. */
  readonly set?: readonly string[];
}

export interface ExportedConfig {
  readonly text: string;
  /** How many secrets are not in it. */
  readonly leftOut: number;
}

/** An environment's config for another program. */
export async function exportConfig(ports: Ports, request: ExportRequest): Promise<Result<ExportedConfig>> {
  const { environment, format, withSecrets, set = [] } = request;
  const opened = await openConfig(ports, { environments: [environment], set });
  if (!opened.ok) return opened;
  const { project, environments } = opened.value;
  const { name, secrets } = environments[0]!;
  const resolution = await resolveConfig(project, name, withSecrets ? secrets : undefined, opened.value.set);
  if (!resolution.ok) return failed(...(await opened.value.locate(resolution.problems)));
  const keys = withSecrets ? revealed(resolution.value) : withoutSecrets(resolution.value);
  const text = await print(format, keys, { project: project.name, environment: name });
  return ok({ text, leftOut: withSecrets ? 0 : secrets.size });
}
