import { existsSync, realpathSync } from "node:fs";
import { type ResolveFnOutput, type ResolveHookSync, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * What a definition's imports mean, until the function it returns is called.
 *
 * - `tidegate` is always the running one, whatever the project has installed: the data that the builders make and the
 *   code that reads it are of one version.
 * - `zod` is the project's; when it has none, the running Tidegate's.
 * - TypeScript files are ES modules, whatever `type` the nearest package.json says (`npm init` writes "commonjs").
 */
export function provideOwnModules(definition: string): () => void {
  const main = pathToFileURL(definition).href;
  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (specifier === "tidegate") return { url: ownIndex(), shortCircuit: true };
    return asModule(main, resolveOrLend(specifier, context, next));
  };
  const hooks = registerHooks({ resolve });
  return () => hooks.deregister();
}

/** The module that `tidegate` means in a definition: beside the bundle, or the source. */
export function ownIndex(): string {
  const places = ["index.js", "../index.js"].map((place) => join(import.meta.dirname, place));
  const bundled = places.find((file) => existsSync(file));
  return pathToFileURL(bundled ?? join(import.meta.dirname, "../../index.ts")).href;
}

const lent = /^zod(\/|$)/;

function resolveOrLend(...[specifier, context, next]: Parameters<ResolveHookSync>): ResolveFnOutput {
  try {
    return next(specifier, context);
  } catch (error) {
    const missing = (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    if (!missing || !lent.test(specifier)) throw error;
    return lend(specifier, context, next);
  }
}

/** What runs may be a copy of what is installed, with no packages around it: those are where it was started from. */
function lend(...[specifier, context, next]: Parameters<ResolveHookSync>): ResolveFnOutput {
  try {
    return next(specifier, { ...context, parentURL: import.meta.url });
  } catch (error) {
    const started = process.argv[1];
    if (started === undefined || !existsSync(started)) throw error;
    return next(specifier, { ...context, parentURL: pathToFileURL(realpathSync(started)).href });
  }
}

function asModule(main: string, resolved: ResolveFnOutput): ResolveFnOutput {
  const { url } = resolved;
  if (!url.startsWith("file:") || url.includes("/node_modules/")) return resolved;
  if (/\.m?ts$/.test(url)) return { ...resolved, format: "module-typescript" };
  return url === main ? { ...resolved, format: "module" } : resolved;
}
