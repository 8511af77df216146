import { specOf } from "../environment/spec.ts";
import type { SecretsFor } from "../resources/observe.ts";
import { servingIn } from "../store/serving.ts";
import type { AgentWorld } from "./world.ts";

/** What the deployment that serves an environment was given; nothing where none does, or where it cannot be read any more. */
export function servingSecrets({ store, vault }: Pick<AgentWorld, "store" | "vault">): SecretsFor {
  return async (environment, names) => {
    const serving = await servingIn(store, environment);
    const spec = serving.ok && serving.value ? specOf(serving.value) : undefined;
    if (!serving.ok || serving.value === undefined || !spec?.ok) return new Map();
    if (!names.some((name) => Object.hasOwn(spec.value.secrets, name))) return new Map();
    const secrets = vault.get(serving.value.id, environment);
    return new Map(secrets.ok ? [...secrets.value].filter(([name]) => names.includes(name)) : []);
  };
}
