import { environments } from "./project.ts";
import { type Round, victims } from "./rounds.ts";

/** What came of all rounds, as tables. */
export function summarise(rounds: readonly Round[]): string[] {
  const kills = [...victims, "all"].flatMap((victim) => {
    const own = rounds.filter((round) => victim === "all" || round.victim === victim);
    return ["all", ...environments].map((environment) => {
      const these = own.filter((round) => environment === "all" || round.environment === environment);
      const sum = (key: "sent" | "lost") => these.reduce((total, round) => total + round[key], 0);
      const mid = these.filter(({ moment }) => moment !== "at rest").length;
      const lostIn = these.filter(({ lost }) => lost > 0).length;
      return [victim, environment, these.length, mid, sum("sent"), sum("lost"), lostIn].join(" | ");
    });
  });
  const by = Object.entries(Object.groupBy(rounds, ({ moment }) => moment));
  return [
    "\nkilled | environment | kills | mid-rollout | requests | lost | kills with losses",
    ...kills,
    `\nkilled while: ${by.map(([moment, these = []]) => `${moment} ${these.length}`).join(", ")}`,
    ...switchBacks(rounds.flatMap(({ switchBackMs }) => switchBackMs ?? [])),
  ];
}

/** How long switches back took. */
export function switchBacks(times: readonly number[]): string[] {
  if (times.length === 0) return [];
  const sorted = times.toSorted((one, other) => one - other);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)];
  return [`${times.length} switches back: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${sorted.at(-1)} ms`];
}
