import type { Environment } from "./types.ts";

/** Whether the environment must not be destroyed: `production`, unless the definition says otherwise. */
export function isProtected(name: string, { protected: declared }: Pick<Environment, "protected">): boolean {
  return declared ?? name === "production";
}
