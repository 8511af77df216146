import type { CaseName, Times } from "./cases.ts";

export interface Goal {
  /** What Tidegate is compared with; the name of a tool or reference, or the fastest of the other tools. */
  readonly than: string;
  readonly most: number;
}

const fastestPeer = "fastest peer";
const peers = ["turbo", "nx", "moon", "wireit", "lage"];

/** By case: at most so many times what another one takes. */
export function goalsOf(name: CaseName, count: number): readonly Goal[] {
  switch (name) {
    case "no-op":
      return [
        { than: "turbo", most: count <= 10 ? 0.9 : count <= 100 ? 0.5 : 0.35 },
        { than: "walk and stat", most: 2 },
      ];
    case "leaf":
      return [{ than: fastestPeer, most: 0.5 }];
    case "cold":
      return [
        { than: "wireit", most: 0.5 },
        { than: "bare shell", most: 2.5 },
      ];
    case "restore":
      return [{ than: fastestPeer, most: 0.7 }];
    default:
      return name satisfies never;
  }
}

/** Whether Tidegate reaches a goal; `undefined` when one of the two was not measured. */
export function judge({ than, most }: Goal, times: Times): { ratio: number; than: string; met: boolean } | undefined {
  const own = medianOf(times, "tidegate");
  const other = than === fastestPeer ? fastest(times) : than;
  const base = other === undefined ? undefined : medianOf(times, other);
  if (own === undefined || base === undefined) return undefined;
  return { ratio: own / base, than: than === fastestPeer ? `${than} (${other})` : than, met: own / base <= most };
}

function fastest(times: Times): string | undefined {
  const measured = peers.filter((name) => medianOf(times, name) !== undefined);
  return measured.sort((a, b) => medianOf(times, a)! - medianOf(times, b)!)[0];
}

export function medianOf(times: Times, name: string): number | undefined {
  const sorted = [...(times.get(name) ?? [])].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
