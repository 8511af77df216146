import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../files/canonical-json.ts";
import { matches, parsePattern } from "../graph/patterns/pattern.ts";
import type { ReleaseManifest } from "./manifest.ts";

/**
 * What a service's migration is: its command, and the files that it may be made of, which are those of the service or, of these, the
 * ones that patterns name. `undefined`: it has none. Anything that changes in them makes another migration of it.
 */
export function migrationDigest(
  { services, files }: Pick<ReleaseManifest, "services" | "files">,
  service: string,
  only?: readonly string[],
): string | undefined {
  const found = Object.hasOwn(services, service) ? services[service] : undefined;
  if (found?.migrate === undefined) return undefined;
  const own = files.filter(({ path }) => isIn(path, found.files) && (only === undefined || isIn(path, only)));
  const text = canonicalJson({ v: 1, migrate: found.migrate, files: own } as unknown as JsonValue);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function isIn(path: string, texts: readonly string[]): boolean {
  const patterns = texts.flatMap((text) => {
    const parsed = parsePattern(text);
    return parsed.ok ? [parsed.pattern] : [];
  });
  const isNamed = (excluded: boolean) => patterns.some((one) => one.excluded === excluded && matches(one, path));
  return isNamed(false) && !isNamed(true);
}
