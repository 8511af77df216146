import type { Facts } from "../../facts/facts.ts";
import { byDefault, declared, measured, observed } from "../../source.ts";
import { code, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, size } from "../words.ts";

const nowhere = statement(declared("environments"), "No environments are decided yet.");

type Survival = readonly [when: string, then: string, key?: string];

/** What survives what; some of it depends on what the definition has. */
function failuresOf({ declared: said }: Facts): readonly Survival[] {
  return [
    ["an instance ends by itself", "it is started again; the others of its service serve on"],
    [
      "the agent or the command line is killed",
      "gateway and instances serve on; the next command goes on where it was",
    ],
    ["the gateway is killed", "it is started again by the agent; connections under way are lost"],
    ["the machine restarts", ...afterRestart(said)],
    ["the disk is full", "nothing half-written is kept; what serves serves on"],
    ["a database is lost", ...withoutDatabase(said)],
    ["the checkout is removed", "what serves does not notice"],
    ["the state's newest part is lost", "it is noticed and said; nothing is started from what is out of date"],
  ];
}

/** Values in use are sealed under a key that lives as long as the machine is up. */
function afterRestart({ config, environments }: Facts["declared"]): readonly [then: string, key?: string] {
  const isExternal = environments.some(({ resources }) => resources.some(({ kind }) => kind === "external"));
  if (!isExternal && config.every(({ kind }) => kind !== "secret"))
    return ["the next command starts what was deployed"];
  const then =
    "secrets that were in use cannot be read any more, and instances that need them do not start: deploy again; `tidegate status` has the command";
  return [then, "config"];
}

function withoutDatabase({ resources }: Facts["declared"]): readonly [then: string, key?: string] {
  const all = resources.filter(({ kind }) => kind === "postgres");
  if (all.length === 0) return ["nothing: the definition has no database", "resources"];
  const then =
    "`tidegate status` says that it is gone, and nothing is saved of it. The next deployment or `tidegate env create ENVIRONMENT` makes an empty one; `tidegate env restore ENVIRONMENT --yes` brings back the newest snapshot";
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
        plain: "What survives which failure. Tidegate's own tests bring each of them about.",
        head: ["When", "Then"],
        rows: failuresOf(facts).map(([when, then, key = "environments"]) => statement(byDefault(key), when, then)),
      },
      {
        plain: "Incidents: instances that ended by themselves, of the last 1,000 events kept for each environment.",
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
