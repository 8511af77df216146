import { declarationsOf } from "../../config/declare.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { openProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { judgeConfig, type Unread } from "./judge-config.ts";
import { openSecretProvider } from "./secret-provider.ts";

export interface ConfigChecked {
  readonly keys: number;
  readonly environments: number;
  /** What could not be checked. Never hidden. */
  readonly skipped: readonly Unread[];
}

/** Everything wrong with the config of every environment. `withoutSecrets`: their values are not looked for. */
export async function checkConfigs(
  ports: Ports,
  { withoutSecrets }: { readonly withoutSecrets: boolean },
): Promise<Result<ConfigChecked>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const { project, locate } = opened.value;
  const provider = withoutSecrets ? undefined : await openSecretProvider(opened.value, ports);
  const { problems, unreadable } = await judgeConfig(project, provider && (await readSecrets(project, provider)));
  if (problems.length > 0) return failed(...(await locate(problems)));
  return ok({
    keys: declarationsOf(project).length,
    environments: Object.keys(project.environments).length,
    skipped: withoutSecrets ? [{ what: "secrets", because: "as asked" }] : unreadable,
  });
}
