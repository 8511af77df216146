import type { Confinement, Opening } from "../../../cache/entries/confinement.ts";

const openings: Readonly<Record<Opening, string>> = {
  project: "the rest of the project",
  disk: "the rest of the disk",
  network: "the network",
  processes: "other processes",
};

/** How far a result's task was held to what it declares: "staged; it could reach the network". */
export function showConfinement({ level, open }: Confinement): string {
  if (open.length === 0) return `${level}: it could reach nothing that it does not declare`;
  const reached = open.map((each) => openings[each] ?? each);
  const last = reached.at(-1);
  const all = reached.length === 1 ? last : `${reached.slice(0, -1).join(", ")} and ${last}`;
  return `${level}: besides what it declares it could reach ${all}`;
}
