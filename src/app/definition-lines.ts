import { readFileSync } from "node:fs";
import type { ServiceDraft } from "./init/draft.ts";
import { draftedServices } from "./init/init.ts";
import type { Session } from "./session.ts";

/**
 * What to add to a definition as it stands, for a hint: the import of those names that it has not yet, then the entries of
 * `defineProject`.
 */
export function linesToAdd(file: string, names: readonly string[], entries: readonly string[]): string {
  const imported = importedFrom(sourceOf(file));
  const missing = names.filter((name) => !imported.has(name));
  const first = missing.length === 0 ? [] : ["At its top:", `  import { ${missing.join(", ")} } from "tidegate";`];
  return [...first, "In defineProject({ … }):", ...entries.map((entry) => `  ${entry}`)].join("\n");
}

/** Staging, and production behind it. */
export const usualEnvironments = [
  "environments: {",
  "  staging: { driver: local(), strategy: rolling() },",
  '  production: { driver: local(), strategy: rolling(), after: "staging" },',
  "},",
] as const;

/** What `init` finds to be served here; where it finds nothing, what a service looks like. */
export async function usualServices({ folder, ports }: Pick<Session, "folder" | "ports">) {
  const found = await draftedServices(folder, ports.env);
  const services = found.length > 0 ? found : [{ name: "web", run: "node server.js", files: ["server.js"] }];
  return {
    names: [...new Set(services.map((service) => ("static" in service ? "staticSite" : "service")))],
    entries: ["services: {", ...services.map((service) => `  ${service.name}: ${codeOf(service)},`), "},"],
  };
}

function codeOf(service: ServiceDraft): string {
  const list = (texts: readonly string[]) => `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
  const route = service.route === undefined ? "" : `, route: ${JSON.stringify(service.route)}`;
  if ("static" in service) {
    const files = service.files === undefined ? "" : `, files: ${list(service.files)}`;
    return `staticSite({ folder: ${JSON.stringify(service.static)}${files}${service.fallback ? ", fallback: true" : ""}${route} })`;
  }
  return `service({ run: ${JSON.stringify(service.run)}, files: ${list(service.files)}${route} })`;
}

function importedFrom(source: string): Set<string> {
  const lists = source.matchAll(/import\s*\{([^}]*)\}\s*from\s*["']tidegate["']/g);
  return new Set([...lists].flatMap(([, list = ""]) => list.split(",").map((name) => name.trim())));
}

/** What cannot be read imports nothing that is known. */
function sourceOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
