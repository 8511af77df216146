import type { Finding, ScanReport } from "./finding.ts";
import { readObjects } from "./git-objects.ts";
import { gitOutput } from "./git-process.ts";
import type { LeakScanner } from "./leak-scanner.ts";
import type { ScanOptions } from "./scan-files.ts";

const submodule = "160000";

/** Looks into what is staged: the git index of the repository at `folder`. @throws GitError */
export async function scanIndex(
  scanner: LeakScanner,
  folder: string,
  { onProgress, signal }: ScanOptions = {},
): Promise<ScanReport> {
  const staged = await stagedFiles(folder);
  const findings = [...new Set([...staged.values()].flat())].flatMap((path) =>
    scanner.inName({ where: "index", path }),
  );
  let [files, bytes] = [0, 0];
  await readObjects(folder, untilAborted(staged.keys(), signal), (object, _type, size) => {
    files += 1;
    bytes += size;
    onProgress?.({ files, bytes, total: staged.size });
    const paths = staged.get(object) ?? [];
    const reader = scanner.read({ where: "index", path: paths[0] ?? object, object });
    return {
      push: (piece) => reader.push(piece),
      end: () => void findings.push(...forEach(scanner, reader.end(), paths)),
    };
  });
  return { findings, files, bytes, unreadable: [] };
}

/** Equal files are one object, and are found together. */
function forEach(scanner: LeakScanner, found: readonly Finding[], paths: readonly string[]): Finding[] {
  return found.flatMap((finding) =>
    paths.map((path) => ({ ...finding, ...scanner.tellable({ where: "index", path }) })),
  );
}

/** Paths by object. */
async function stagedFiles(folder: string): Promise<Map<string, string[]>> {
  const listed = await gitOutput(folder, ["ls-files", "--stage", "-z"]);
  const staged = new Map<string, string[]>();
  for (const entry of listed.toString("utf8").split("\0")) {
    const parsed = /^(\d+) ([0-9a-f]+) \d\t(.*)$/s.exec(entry);
    if (parsed === null || parsed[1] === submodule) continue;
    staged.set(parsed[2]!, [...(staged.get(parsed[2]!) ?? []), parsed[3]!]);
  }
  return staged;
}

function* untilAborted(ids: Iterable<string>, signal: AbortSignal | undefined): Generator<string> {
  for (const id of ids) {
    if (signal?.aborted) return;
    yield id;
  }
}
