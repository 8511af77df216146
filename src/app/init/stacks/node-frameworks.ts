import type { Left } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { exportedPages, isSvelteKit, svelteSettings } from "./node-outputs.ts";

/** A folder of files, a program, or the reason why there is neither. */
export type Made = { readonly static: string; readonly fallback?: boolean } | { readonly run: string } | Left;

/** What frameworks make without anybody saying how it is started. */
export function frameworkService(repository: Repository, build: string, outputs: readonly string[]): Made | undefined {
  const uses = (name: string) => repository.read("package.json").includes(`"${name}"`);
  const site = (folder: string | undefined, fallback = false): Made | undefined =>
    folder === undefined ? undefined : { static: folder, ...(fallback && { fallback }) };
  const config = (name: RegExp) =>
    repository.entries
      .filter((entry) => name.test(entry))
      .map((entry) => repository.read(entry))
      .join("\n");
  if (/\bnext build\b/.test(build)) {
    return site(exportedPages(repository)) ?? { run: "next start" };
  }
  if (/\b(nuxt|nuxi) generate\b/.test(build)) return site(".output/public/");
  if (/\b(nuxt|nuxi|vinxi|nitro|nitropack) build\b/.test(build)) return { run: "node .output/server/index.mjs" };
  if (
    /\breact-router build\b|\bremix (vite:)?build\b/.test(build) &&
    !uses("@react-router/serve") &&
    !uses("@remix-run/serve")
  )
    return { where: "package.json: scripts.build", why: "no script was found that serves what it builds" };
  if (/\breact-router build\b/.test(build)) return { run: "react-router-serve build/server/index.js" };
  if (/\bremix (vite:)?build\b/.test(build)) return { run: "remix-serve build/index.js" };
  if (isSvelteKit(repository)) {
    const chosen = svelteSettings(repository);
    if (/adapter-node["']/.test(chosen)) return { run: `node ${outputs[0]?.replace(/\/$/, "") ?? "build"}` };
    if (/adapter-static["']/.test(chosen)) return site(outputs[0], /\bfallback["']?\s*:/.test(chosen));
    const why = "its adapter is made for another platform: with @sveltejs/adapter-node it is a service, `node build`";
    const settings = repository.entries.filter((entry) => /^(svelte|vite)\.config\./.test(entry));
    return { where: settings.find((file) => /adapter/.test(repository.read(file))) ?? "package.json", why };
  }
  if (/\bastro build\b/.test(build)) {
    if (uses("@astrojs/node")) return { run: "node dist/server/entry.mjs" };
    return site(outputs[0]);
  }
  if (/\b(docusaurus build|gatsby build|eleventy|11ty|hexo g(enerate)?|vitepress build)\b/.test(build))
    return site(outputs.at(-1));
  if (/\b(react-scripts|react-app-rewired|craco|vue-cli-service|parcel) build\b/.test(build))
    return site(outputs[0], true);
  if (/\bng build\b/.test(build)) return site(outputs[0], true);
  if (
    /\bvite(-(react-)?ssg)? build\b/.test(build) &&
    repository.has("index.html") &&
    !/\blib\s*:\s*\{/.test(config(/^vite\.config\./))
  )
    return site(
      outputs.find((output) => output.endsWith("/")),
      usesRouter(repository),
    );
  if (uses("html-webpack-plugin") && /\bwebpack\b/.test(build)) return site(outputs[0], usesRouter(repository));
  return undefined;
}

/** Whether the pages of a site are made in the browser, whatever the path. */
export function usesRouter(repository: Repository): boolean {
  return /"(react-router(-dom)?|vue-router|@tanstack\/react-router|wouter|@solidjs\/router|svelte-routing|@angular\/router)"/.test(
    repository.read("package.json"),
  );
}
