import { createInterface } from "node:readline";
import type { Finding, ScanReport } from "./finding.ts";
import { type ObjectType, readObjects } from "./git-objects.ts";
import { GitError, gitEnd, gitOutput, startGit } from "./git-process.ts";
import type { LeakScanner } from "./leak-scanner.ts";
import type { ScanOptions } from "./scan-files.ts";

/** For more findings than this nobody asks which commit it was. */
const mostCommits = 50;

/**
 * Looks into everything that any branch, tag, stash or other ref of the repository at `folder` reaches, each object once:
 * files, names in folders, messages of commits and tags. @throws GitError
 */
export async function scanHistory(
  scanner: LeakScanner,
  folder: string,
  { onProgress, signal }: ScanOptions = {},
): Promise<ScanReport> {
  const total = await countObjects(folder);
  const paths = new Map<string, string>();
  const findings: Finding[] = [];
  let [files, bytes] = [0, 0];
  await readObjects(folder, objectsOf(folder, paths, signal), (object, type, size) => {
    files += 1;
    bytes += size;
    if (files % 256 === 0) onProgress?.({ files, bytes, total: Math.max(total, files) });
    const path = paths.get(object) || object;
    paths.delete(object);
    const reader = scanner.read({ where: "history", path, object });
    return {
      push: (piece) => reader.push(piece),
      end: () => void findings.push(...(type === "blob" ? reader.end() : reader.end().map((one) => placed(one, type)))),
    };
  });
  onProgress?.({ files, bytes, total: files });
  return { findings: await withCommits(folder, findings), files, bytes, unreadable: [] };
}

/** Whether commits that this clone has name others that it was cloned without. @throws GitError */
export async function isShallow(folder: string): Promise<boolean> {
  return (await gitOutput(folder, ["rev-parse", "--is-shallow-repository"])).toString().trim() === "true";
}

/** A folder's object has no lines; a commit's and a tag's path is their id. */
function placed({ line, ...finding }: Finding, type: ObjectType): Finding {
  if (type === "tree") return { ...finding };
  const own = { ...finding, path: finding.object!, ...(line !== undefined && { line }) };
  return type === "commit" ? { ...own, commit: finding.object! } : own;
}

/** The ids; where each is found is noted in `paths` until it was looked at. */
async function* objectsOf(
  folder: string,
  paths: Map<string, string>,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  const child = startGit(folder, ["rev-list", "--objects", "--all"]);
  child.stdin.end();
  const end = gitEnd(child);
  end.catch(() => undefined);
  for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (signal?.aborted) {
      child.kill();
      return;
    }
    const id = line.split(" ", 1)[0]!;
    const path = line.slice(id.length + 1);
    if (path !== "") paths.set(id, path);
    yield id;
  }
  await end;
}

/** How many there are at most; an estimate for progress. */
async function countObjects(folder: string): Promise<number> {
  const told = (await gitOutput(folder, ["count-objects", "-v"])).toString("latin1");
  const numbers = [...told.matchAll(/^(?:count|in-pack): (\d+)$/gm)].map(([, number]) => Number(number));
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function withCommits(folder: string, findings: readonly Finding[]): Promise<Finding[]> {
  const objects = [...new Set(findings.flatMap(({ object, commit }) => (commit === undefined ? (object ?? []) : [])))];
  const commits = new Map<string, string>();
  for (const object of objects.slice(0, mostCommits)) {
    const commit = await firstCommitOf(folder, object);
    if (commit !== undefined) commits.set(object, commit);
  }
  return findings.map((finding) => {
    const commit = finding.commit ?? commits.get(finding.object ?? "");
    return commit === undefined ? finding : { ...finding, commit };
  });
}

async function firstCommitOf(folder: string, object: string): Promise<string | undefined> {
  try {
    const told = await gitOutput(folder, ["log", "--all", "--reverse", "--format=%H", `--find-object=${object}`]);
    return /^[0-9a-f]+/.exec(told.toString("latin1"))?.[0];
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}
