import type { Facts } from "../../facts/facts.ts";
import { byDefault, declared, measured, observed } from "../../source.ts";
import { code, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, size } from "../words.ts";

const nowhere = statement(declared("environments"), "No environments are defined yet.");

type Survival = readonly [when: string, then: string, key?: string];

/** What survives what; some of it depends on what the definition has. */
function failuresOf({ declared: said }: Facts): readonly Survival[] {
  return [
    ["an instance exits on its own", "it is started again; the others of its service keep serving"],
    [
      "the agent or the command line is killed",
      "gateway and instances keep serving; the next command continues from there",
    ],
    ["the gateway is killed", "it is started again by the agent; connections under way are lost"],
    ["the machine restarts", ...afterRestart(said)],
    ["the disk is full", "nothing half-written is kept; what is serving keeps serving"],
    ["a database is lost", ...withoutDatabase(said)],
    ["the checkout is removed", "what is serving is not affected"],
    ["the state's newest part is lost", "it is noticed and reported; nothing is started from outdated state"],
  ];
}

/** Values in use are sealed under a key that lives as long as the machine is up. */
function afterRestart({ config, environments }: Facts["declared"]): readonly [then: string, key?: string] {
  const isExternal = environments.some(({ resources }) => resources.some(({ kind }) => kind === "external"));
  if (!isExternal && config.every(({ kind }) => kind !== "secret"))
    return ["the next command starts what was deployed"];
  const then =
    "secrets that were in use can no longer be read, and instances that need them do not start: deploy again; `tidegate status` shows the command";
  return [then, "config"];
}

function withoutDatabase({ resources }: Facts["declared"]): readonly [then: string, key?: string] {
  const all = resources.filter(({ kind }) => kind === "postgres");
  if (all.length === 0) return ["nothing: the definition has no database", "resources"];
  const then =
    "`tidegate status` says that it is gone, and nothing of it is saved. The next deployment or `tidegate env create ENVIRONMENT` creates an empty one; `tidegate env restore ENVIRONMENT --yes` brings back the newest snapshot";
  return [then, "resources"];
}

export function reliabilitySection(facts: Facts): Section {
  const { declared: said, measured: seenThen, observed: seenNow, gathered } = facts;
  const { environments, resources } = said;
  const { environments: seen } = seenThen;
  const { snapshots } = seenNow;
  return {
    name: "reliability",
    title: "Reliability",
    blocks: [
      {
        plain: "What survives which failure. Tidegate's own tests cause every one of them.",
        head: ["When", "Then"],
        rows: failuresOf(facts).map(([when, then, key = "environments"]) => statement(byDefault(key), when, then)),
      },
      {
        plain: "Incidents: instances that exited on their own, from the last 1,000 events kept for each environment.",
        head: ["Environment", "How often", "Last"],
        none: nowhere,
        rows: environments.map(({ name }) => {
          const found = seen.find((one) => one.name === name);
          // That there was none is known since somebody looked.
          const source = measured(found && { at: found.lastLoss ?? gathered });
          return statement(
            source,
            code(name),
            found === undefined ? "not known" : String(found.losses),
            found?.lastLoss ?? "never",
          );
        }),
      },
      {
        plain: "The last backup of each resource, and the last restore that was tried.",
        head: ["Resource", "Environment", "Last backup", "Size", "Last restore tried"],
        none: statement(declared("resources"), "There is nothing to back up: no resources are declared."),
        rows: resources.flatMap(({ name }) =>
          environments.map((environment): Statement => {
            const own = (snapshots ?? []).filter(
              (one) => one.resource === name && one.environment === environment.name,
            );
            const [last] = own;
            const tried = own.find(({ rehearsed }) => rehearsed !== undefined)?.rehearsed;
            const restored =
              tried === undefined
                ? "never rehearsed"
                : `${tried.at}: ${tried.isGood ? "good" : "failed"}, ${duration(tried.ms)}`;
            return statement(
              observed(last?.at),
              code(name),
              code(environment.name),
              last === undefined ? "never" : `${last.at} (${text(last.because)})`,
              last === undefined ? "none" : size(last.bytes),
              restored,
            );
          }),
        ),
      },
    ],
  };
}
