import { existsSync } from "node:fs";
import { specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { statePaths } from "../../files/state-paths.ts";
import { peekState } from "../../state/open-state.ts";
import { servingIn } from "../../store/serving.ts";
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
): Promise<Result<DeployedKey | undefined>> {
  const state = peekState(placeOf(opened, ports));
  if (!state.ok) return state;
  if (state.value === undefined) return ok(undefined);
  const { database } = statePaths(state.value);
  if (!existsSync(database)) return ok(undefined);
  const { openStore } = await import("../../store/open.ts");
  const store = await openStore(database);
  if (!store.ok) return store;
  try {
    const serving = await servingIn(store.value, environment);
    if (!serving.ok) return serving;
    if (serving.value === undefined) return ok(undefined);
    const spec = specOf(serving.value);
    if (!spec.ok) return spec;
    const { config, secrets, set = [] } = spec.value;
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    const state = value !== undefined || Object.hasOwn(secrets, key) ? "set" : "absent";
    const isSet = set.includes(key);
    return ok({ deployment: serving.value.id, state, ...(value !== undefined && { value }), isSet });
  } finally {
    await store.value.close();
  }
}
