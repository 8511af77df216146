import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import type { DeclaredTool } from "../../../documents/facts/declared.ts";
import type { ObservedFacts } from "../../../documents/facts/observed.ts";
import { linesWith } from "../../../documents/lines-with.ts";
import { dayOf } from "../../../errors/quantities.ts";
import { readTextIfThere } from "../../../files/read-if-there.ts";
import { findProgram } from "../../../inputs/tools.ts";
import { askGit } from "../../secrets/places/ask-git.ts";
import type { Session } from "../../session.ts";

/** How programs that many projects use tell their version. No other is started: who knows what it would do. */
const askedFor: Readonly<Record<string, readonly string[]>> = {
  node: ["--version"],
  npm: ["--version"],
  pnpm: ["--version"],
  yarn: ["--version"],
  bun: ["--version"],
  python3: ["--version"],
  python: ["--version"],
  go: ["version"],
  cargo: ["--version"],
  make: ["--version"],
  git: ["--version"],
};

const patienceMs = 10_000;

/** The versions of the programs that the pipeline calls, as far as they can be known. */
export async function findPrograms(
  session: Session,
  tools: readonly DeclaredTool[],
): Promise<ObservedFacts["programs"]> {
  const at = dayOf(session.ports.now());
  const names = tools.filter(({ role }) => role === "program").map(({ name }) => name);
  const found = await Promise.all(
    names.map(async (name) => {
      const version = installedVersion(session.folder, name) ?? (await askVersion(session, name));
      return version === undefined ? [] : [{ name, version, at }];
    }),
  );
  return found.flat();
}

/** A program of the project's own packages: what its package.json says. */
function installedVersion(folder: string, name: string): string | undefined {
  const packages = { tsc: "typescript", tidegate: "tidegate" } as Readonly<Record<string, string>>;
  const place = Object.hasOwn(packages, name) ? packages[name]! : name;
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(place)) return undefined;
  const text = readTextIfThere(join(folder, "node_modules", place, "package.json"), { forgive: "everything" });
  try {
    const { version } = JSON.parse(text ?? "") as { readonly version?: unknown };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}

function askVersion({ folder, ports }: Session, name: string): Promise<string | undefined> {
  const words = Object.hasOwn(askedFor, name) ? askedFor[name] : undefined;
  const { PATH = "" } = ports.env;
  const file = words && findProgram(name, PATH, folder);
  if (words === undefined || file === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    execFile(file, words, { timeout: patienceMs, env: { PATH, HOME: ports.env.HOME ?? "" } }, (error, stdout) =>
      resolve(error === null ? /\d+(\.\d+)+/.exec(stdout)?.[0] : undefined),
    );
  });
}

const keysLookedAt = 100;

/** When a line of the definition with the key in it was changed last; what is not committed was changed today. */
export async function lastChanges(session: Session, keys: readonly string[]): Promise<ObservedFacts["changes"]> {
  const { folder, ports } = session;
  const file = basename(session.file);
  const changes: ObservedFacts["changes"] = [];
  for (const key of keys.slice(0, keysLookedAt)) {
    const line = linesWith(key);
    const log = await askGit(folder, "log", "-1", "--format=%cs", line, "--", file);
    const [at] = /^\d{4}-\d\d-\d\d$/m.exec(log ?? "") ?? [];
    if (log === undefined) continue;
    const open = await askGit(folder, "diff", "HEAD", "--name-only", line, "--", file);
    if (open !== undefined && open.trim() !== "") changes.push({ key, at: dayOf(ports.now()) });
    else if (at !== undefined) changes.push({ key, at });
  }
  return changes;
}
