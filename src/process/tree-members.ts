import type { ProcessRow } from "./process-row.ts";

/** What is known of a tree's root: see `TreeRoot`. */
interface Root {
  readonly pid: number;
  /** As in the table's rows; absent when the caller held the child and knows the number to be its own. */
  readonly started?: string;
}

/** The numbers of a tree's processes, and whether its process group is certain to be the tree's own. */
export interface TreeMembers {
  readonly pids: ReadonlySet<number>;
  readonly ownGroup: boolean;
}

/**
 * Which rows of the process table are of the tree: the root, its process group, whoever has the mark, and all their
 * descendants; never `self` nor one of its ancestors, whatever they inherited.
 *
 * A number is given anew only when no process and no group has it. So a leader with another start means that group
 * and number are a stranger's, and one that is still listed, even ended, means that they are the root's. With no
 * leader at all the group is taken only when one of its processes has the mark: rather miss than end a stranger.
 */
export function selectTree(
  table: readonly ProcessRow[],
  root: Root,
  hasMark: (pid: number) => boolean,
  self: number,
): TreeMembers {
  const marked = table.filter((row) => !row.ended && hasMark(row.pid));
  const ownGroup = root.pid > 1 && isOwnGroup(table, root, marked);
  const seeds = table.filter((row) => ownGroup && (row.pid === root.pid || row.group === root.pid));
  const spared = withAncestors(table, self);
  const pids = withDescendants(table, [...seeds, ...marked], spared);
  const running = table.filter((row) => pids.has(row.pid) && !row.ended && !spared.has(row.pid));
  return {
    pids: new Set(running.map((row) => row.pid)),
    ownGroup: ownGroup && !table.some((row) => spared.has(row.pid) && row.group === root.pid),
  };
}

function isOwnGroup(table: readonly ProcessRow[], root: Root, marked: readonly ProcessRow[]): boolean {
  if (root.started === undefined) return true;
  const leader = table.find((row) => row.pid === root.pid);
  return leader === undefined ? marked.some((row) => row.group === root.pid) : leader.started === root.started;
}

/** What a spared process started is its own affair: the walk does not go through it. */
function withDescendants(
  table: readonly ProcessRow[],
  seeds: readonly ProcessRow[],
  spared: ReadonlySet<number>,
): Set<number> {
  const heirs = table.filter((row) => !spared.has(row.parent));
  const children = Map.groupBy(heirs, (row) => row.parent);
  const found = new Set(seeds.map((row) => row.pid));
  // A set that grows while it is walked is walked to its new end.
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return found;
}

function withAncestors(table: readonly ProcessRow[], self: number): Set<number> {
  const parents = new Map(table.map((row) => [row.pid, row.parent]));
  const found = new Set([1]);
  for (let pid: number | undefined = self; pid !== undefined && !found.has(pid); pid = parents.get(pid)) found.add(pid);
  return found;
}
