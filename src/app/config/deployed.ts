import { existsSync } from "node:fs";
import { specOf } from "../../environment/spec.ts";
import { statePaths } from "../../files/state-paths.ts";
import { peekState } from "../../state/open-state.ts";
import { servingDeployment } from "../../store/serving.ts";
import { type OpenProject, placeOf } from "../open-project.ts";
import type { Ports } from "../ports.ts";

/** What the deployment that serves was given for a key. */
export interface DeployedKey {
  readonly deployment: number;
  readonly state: "set" | "absent";
  /** Absent for secrets. */
  readonly value?: string;
  /** It was set by hand: `--set`. */
  readonly isSet: boolean;
}

/** `undefined` when nothing serves in the environment, or nothing is known of it. Makes no state. */
export async function deployedKey(
  opened: OpenProject,
  ports: Pick<Ports, "env">,
  environment: string,
  key: string,
): Promise<DeployedKey | undefined> {
  const state = peekState(placeOf(opened, ports));
  if (!state.ok || state.value === undefined) return undefined;
  const { database } = statePaths(state.value);
  if (!existsSync(database)) return undefined;
  const { openSqliteStore } = await import("../../store/sqlite/open.ts");
  const store = await openSqliteStore(database);
  if (!store.ok) return undefined;
  try {
    const serving = await servingDeployment(store.value, await store.value.environment(environment));
    if (serving === undefined) return undefined;
    const spec = specOf(serving);
    if (!spec.ok) return undefined;
    const { config, secrets, set = [] } = spec.value;
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    const state = value !== undefined || Object.hasOwn(secrets, key) ? "set" : "absent";
    return { deployment: serving.id, state, ...(value !== undefined && { value }), isSet: set.includes(key) };
  } finally {
    await store.value.close();
  }
}
