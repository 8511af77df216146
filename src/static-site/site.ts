import type { SiteFile, SiteFiles } from "./files.ts";
import { type RequestPath, requestPath, withoutBase } from "./request-path.ts";

/** What a target leads to. */
export type Found =
  | { readonly found: "file"; readonly file: SiteFile; readonly status: 200 | 404 }
  | { readonly found: "redirect"; readonly location: string }
  | { readonly found: "nothing" }
  | { readonly found: "badRequest" };

export interface SiteOptions {
  /** The path that the site is served under, as its names. */
  readonly base: readonly string[];
  /** The page that answers for paths that are no files, as its names: an application of one page finds its own way. */
  readonly fallback?: readonly string[];
  /** Folders of files whose names change with their content. */
  readonly immutable: readonly string[];
}

/** Finds what answers: files, pages without their ending, index pages, and the pages for what is not there. */
export async function findInSite(files: SiteFiles, target: string, options: SiteOptions): Promise<Found> {
  const asked = requestPath(target);
  if (asked === undefined) return { found: "badRequest" };
  const path = withoutBase(asked, options.base);
  if (path === undefined) return { found: "nothing" };
  const found = await (path.isFolder || path.names.length === 0 ? folderPage(files, path) : namedFile(files, path));
  return found ?? (await otherwise(files, path, options));
}

/** `/docs/` is docs/index.html; where there is only docs.html, its address has no slash. */
async function folderPage(files: SiteFiles, path: RequestPath): Promise<Found | undefined> {
  const index = await files.file([...path.names, "index.html"]);
  // Relative links of a page lead on from its folder: the slash is part of its address.
  if (index !== undefined) return path.isFolder ? page(index) : redirect(path, `${path.raw}/`);
  const isPage = path.names.length > 0 && (await files.file(withEnding(path.names))) !== undefined;
  return isPage ? redirect(path, path.raw.slice(0, -1)) : undefined;
}

/** `/docs` is the file docs, or docs.html, or the folder's page with a slash. */
async function namedFile(files: SiteFiles, path: RequestPath): Promise<Found | undefined> {
  const file = (await files.file(path.names)) ?? (await files.file(withEnding(path.names)));
  if (file !== undefined) return page(file);
  const index = await files.file([...path.names, "index.html"]);
  return index && redirect(path, `${path.raw}/`);
}

async function otherwise(files: SiteFiles, path: RequestPath, { fallback }: SiteOptions): Promise<Found> {
  // A script that is not there must not be answered with a page.
  const isPlace = !(path.names.at(-1) ?? "").includes(".");
  const one = fallback !== undefined && isPlace ? await files.file(fallback) : undefined;
  if (one !== undefined) return page(one);
  const missing = await files.file(["404.html"]);
  return missing === undefined ? { found: "nothing" } : { found: "file", file: missing, status: 404 };
}

function page(file: SiteFile): Found {
  return { found: "file", file, status: 200 };
}

function redirect({ query }: RequestPath, location: string): Found {
  return { found: "redirect", location: `${location}${query}` };
}

function withEnding(names: readonly string[]): string[] {
  return [...names.slice(0, -1), `${names.at(-1)}.html`];
}
