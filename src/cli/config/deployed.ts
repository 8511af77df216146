import { existsSync } from "node:fs";
import { specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { statePaths } from "../../files/state-paths.ts";
import { servingIn } from "../../store/serving.ts";
import type { OpenProject } from "../open-project.ts";

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
  { stateFolder }: OpenProject,
  environment: string,
  key: string,
): Promise<Result<DeployedKey | undefined>> {
  const { database } = statePaths(stateFolder);
  if (!existsSync(database)) return ok(undefined);
  const { openStore } = await import("../../store/open.ts");
  const store = await openStore(database);
  if (!store.ok) return store;
  try {
    const serving = await servingIn(store.value, environment);
    if (!serving.ok || serving.value === undefined) return serving as Result<undefined>;
    const { config, secrets, set = [] } = specOf(serving.value);
    const value = Object.hasOwn(config, key) ? config[key] : undefined;
    const state = value !== undefined || Object.hasOwn(secrets, key) ? "set" : "absent";
    const isSet = set.includes(key);
    return ok({ deployment: serving.value.id, state, ...(value !== undefined && { value }), isSet });
  } finally {
    await store.value.close();
  }
}
