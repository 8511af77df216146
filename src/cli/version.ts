import { readFileSync } from "node:fs";

declare const TIDEGATE_VERSION: string | undefined;

/** The version of this Tidegate: put in by the build; from source it is read where the package states it. */
export function version(): string {
  if (typeof TIDEGATE_VERSION === "string") return TIDEGATE_VERSION;
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}
