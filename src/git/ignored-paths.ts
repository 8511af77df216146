import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { askGit, type GitAnswer, namesIn, type Variables } from "./ask-git.ts";
import { namedElsewhere } from "./named-elsewhere.ts";

export type IgnoredPaths =
  | { readonly ok: true; readonly ignored: ReadonlySet<string> }
  | { readonly ok: false; readonly answer: GitAnswer & { ok: false } };

/**
 * Those of a folder's paths that git ignores; files that are tracked are not ignored, whatever the patterns say. Each path is
 * asked of the repository that it really lies in: links are followed, and a repository inside of another one (a submodule, a
 * clone) is asked itself, and ignored with all that is in it where the one around it says so. What lies in none is not ignored, unless the caller's
 * environment names one: then nobody can say.
 */
export async function ignoredPaths(
  folder: string,
  paths: Iterable<string>,
  variables: Variables,
): Promise<IgnoredPaths> {
  const places = new Places(folder);
  const asked = new Map([...new Set(paths)].map((path) => [path, places.placesOf(path)]));
  const elsewhere = [...asked.values()].some((within) => within.length === 0)
    ? namedElsewhere(folder, variables)
    : undefined;
  if (elsewhere !== undefined) return { ok: false, answer: elsewhere };
  const byRoot = Map.groupBy(new Set([...asked.values()].flat()), ({ root }) => root);
  const answers = await Promise.all([...byRoot].map(([root, found]) => ask(root, found, variables)));
  const silent = answers.find((answer) => !answer.ok);
  if (silent?.ok === false) return { ok: false, answer: silent };
  const ignored = new Set(answers.flatMap((answer) => (answer.ok ? answer.paths : [])));
  return {
    ok: true,
    ignored: new Set(
      [...asked].flatMap(([path, within]) => (within.some((place) => ignored.has(absolute(place))) ? [path] : [])),
    ),
  };
}

/** Something in a repository: a file, or another repository's folder. */
interface Place {
  /** The work tree. */
  readonly root: string;
  readonly path: string;
}

function absolute({ root, path }: Place): string {
  return join(root, path);
}

async function ask(root: string, places: readonly Place[], variables: Variables) {
  // A name that begins with a colon would be taken for git's own pathspec magic.
  const input = places.map(({ path }) => `./${path}`).join("\0");
  // 1: none of them.
  const answer = await askGit(root, ["check-ignore", "-z", "--stdin"], { variables, input, answers: [0, 1] });
  return answer.ok ? { ok: true as const, paths: namesIn(answer.output).map((path) => join(root, path)) } : answer;
}

/** Finds repositories by their `.git`, each folder looked at once. */
class Places {
  readonly #folder: string;
  readonly #roots = new Map<string, string | undefined>();
  readonly #real = new Map<string, string | undefined>();
  readonly #known = new Map<string, Place>();

  constructor(folder: string) {
    this.#folder = realpathSync.native(folder);
  }

  /** Where a path lies, and for every repository inside of the project on the way where that lies. */
  placesOf(path: string): Place[] {
    const parent = this.#realFolder(dirname(join(this.#folder, path)));
    const places: Place[] = [];
    let file = parent === undefined ? undefined : join(parent, basename(path));
    while (file !== undefined) {
      const root = this.#rootOf(dirname(file));
      if (root === undefined) break;
      places.push(this.#place(root, file));
      file = root.startsWith(this.#folder + sep) ? root : undefined;
    }
    return places;
  }

  #place(root: string, file: string): Place {
    const known = this.#known.get(file);
    if (known) return known;
    const place = { root, path: relative(root, file) };
    this.#known.set(file, place);
    return place;
  }

  #rootOf(folder: string): string | undefined {
    if (this.#roots.has(folder)) return this.#roots.get(folder);
    const isTop = folder === dirname(folder);
    const root = existsSync(join(folder, ".git")) ? folder : isTop ? undefined : this.#rootOf(dirname(folder));
    this.#roots.set(folder, root);
    return root;
  }

  #realFolder(folder: string): string | undefined {
    if (!this.#real.has(folder)) this.#real.set(folder, realPath(folder));
    return this.#real.get(folder);
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}
