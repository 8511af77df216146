import type { Variables } from "../../../git/ask-git.ts";
import { findProgram } from "../../../inputs/tools.ts";
import type { StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

/** Makers of sites that need no package manager: what they are known by, what they are called with, where they write. */
const makers = [
  {
    name: "Hugo",
    files: ["hugo.toml", "hugo.yaml", "hugo.json"],
    program: "hugo",
    run: "hugo --cleanDestinationDir",
    output: "public/",
  },
  {
    name: "MkDocs",
    files: ["mkdocs.yml", "mkdocs.yaml"],
    program: "mkdocs",
    run: "mkdocs build --strict",
    output: "site/",
  },
  { name: "Jekyll", files: ["_config.yml"], program: "jekyll", run: "jekyll build", output: "_site/" },
  { name: "mdBook", files: ["book.toml"], program: "mdbook", run: "mdbook build", output: "book/" },
] as const;

/** Its settings were called like anybody's, before they got a name of their own. */
function oldHugo(repository: Repository): (typeof makers)[number] | undefined {
  const settings = ["config.toml", "config.yaml", "config.json"].some((file) => repository.has(file));
  const folders = ["content/", "archetypes/", "themes/", "layouts/"].filter((folder) => repository.has(folder));
  return settings && folders.length > 1 ? makers[0] : undefined;
}

/** Folders in which a site lies that nobody builds. */
const folders = ["public/", "www/", "site/", "html/", "htdocs/"];
const page = /\.(html?|css|m?js|json|svg|png|jpe?g|gif|webp|avif|ico|txt|xml|webmanifest|woff2?|ttf|pdf)$/i;
const notPages =
  /^(package(-lock)?|tsconfig.*|composer|renovate|netlify|vercel|app)\.json$|\.config\.[cm]?js$|^requirements.*\.txt$/i;

/** A site without a program: one that is built by a maker of sites, or pages that lie there as they are. */
export function staticStack(
  repository: Repository,
  variables: Variables,
  /** Whether there is nothing else: what documents a library is not what the repository is for. */
  isAlone: boolean,
): StackDraft | undefined {
  return made(repository, variables, isAlone) ?? asItIs(repository);
}

function made(repository: Repository, variables: Variables, isAlone: boolean): StackDraft | undefined {
  const maker = makers.find(({ files }) => files.some((file) => repository.has(file))) ?? oldHugo(repository);
  if (maker === undefined) return undefined;
  const { name, program, run, output } = maker;
  const isThere = findProgram(program, variables.PATH ?? "/usr/bin:/bin", "/") !== undefined;
  if (!isThere && !isAlone) {
    const where = maker.files.find((file) => repository.has(file)) ?? name;
    const why = `${program} is not on this machine. Install it and run tidegate init --force, if the site is to be released`;
    return { found: name, tasks: [], left: [{ where, why }] };
  }
  return {
    found: name,
    tasks: [{ name: "build", run, inputs: sourcePatterns(repository, { withTests: true }), outputs: [output] }],
    services: [{ name: "web", static: output }],
    ...(!isThere && { notes: [`build needs ${program}, which is not on this machine`] }),
  };
}

function asItIs(repository: Repository): StackDraft | undefined {
  const folder = folders.find((one) => repository.has(`${one}index.html`));
  if (folder !== undefined) return { found: "static site", tasks: [], services: [{ name: "web", static: folder }] };
  if (!repository.has("index.html")) return undefined;
  // At the top lies also what is nobody's business: only what is of the site is in the release.
  const names = sourcePatterns(repository, { withTests: false });
  const files = names.filter((one) =>
    one.endsWith("/**") ? holdsPages(repository, one.slice(0, -2)) : page.test(one) && !notPages.test(one),
  );
  return { found: "static site", tasks: [], services: [{ name: "web", static: "./", files }] };
}

function holdsPages(repository: Repository, folder: string): boolean {
  if (/^(\.|docs?\/|scripts\/|node_modules\/)/.test(folder)) return false;
  const { entries } = repository.below(folder);
  return entries.some((entry) => (entry.endsWith("/") ? holdsPages(repository, folder + entry) : page.test(entry)));
}
