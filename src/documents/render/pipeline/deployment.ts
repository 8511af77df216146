import type { DeclaredEnvironment } from "../../facts/declared.ts";
import type { Facts } from "../../facts/facts.ts";
import type { MeasuredEnvironment } from "../../facts/measured.ts";
import { byDefault, declared, measured } from "../../source.ts";
import { code, codes, graph, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, measuredDuration, measuredOtherwise, unknown } from "../words.ts";

const nowhere = statement(declared("environments"), "No deployment is defined: the definition has no environments.");

export function deploymentSection({ declared: { environments }, measured: { environments: seen } }: Facts): Section {
  const names = environments.map(({ name }) => name);
  const edges = environments.flatMap(({ name, after }) => (after === undefined ? [] : [[after, name] as const]));
  return {
    name: "deployment",
    title: "Deployment",
    blocks: [
      {
        plain:
          "What starts a deployment. The same commands work on a laptop and on a server; scripts can rely on the exit codes.",
        head: ["Trigger", "What happens"],
        rows: [
          statement(byDefault("environments"), code("tidegate ship"), "pipeline, release, every environment in order"),
          statement(byDefault("environments"), code("tidegate deploy ENVIRONMENT"), "a release to one environment"),
          statement(
            byDefault("environments"),
            code("tidegate promote ENVIRONMENT"),
            "what the previous environment is serving",
          ),
        ],
      },
      {
        plain: "The order in which a release goes through the environments, and how it enters each one.",
        head: ["Environment", "After", "Strategy", "Gates", "Who may deploy"],
        none: nowhere,
        ...(names.length > 0 && {
          graph: { mermaid: graph([["environments", names]], edges), source: declared("environments") },
        }),
        rows: environments.map(({ name, key, after, strategy, gates }) =>
          statement(
            declared(key),
            code(name),
            after === undefined ? "none" : code(after),
            strategyWords(strategy),
            codes(gates.map((gate) => gate.name)),
            "whoever may use the state and read the secrets",
          ),
        ),
      },
      {
        plain: "Who may open a gate that is shut.",
        head: ["Gate", "Environment", "Who may open it"],
        rows: [
          statement(
            byDefault("environments"),
            "One that applies to every deployment",
            "every",
            "nobody: what it refuses has to be mended",
          ),
          ...environments.flatMap(({ name, gates }) =>
            gates.map(({ name: gate, key, holds }) =>
              statement(declared(key), code(gate), code(name), [holds, goesPast(gate)].filter(Boolean).join("; or ")),
            ),
          ),
        ],
      },
      {
        plain: "What happens when a deployment fails, in every environment.",
        head: ["When", "Then"],
        rows: [
          statement(
            byDefault("environments"),
            "A gate that applies to every deployment refuses (see Quality gates)",
            "Nothing is touched; exit code 3",
          ),
          statement(
            byDefault("services"),
            "A migration fails",
            "No new instance starts; what was serving keeps serving",
          ),
          statement(
            byDefault("services"),
            "An instance is not healthy in time",
            "The release is taken out again automatically",
          ),
          statement(
            byDefault("environments"),
            "A check of the environment's own fails",
            "The release is taken out again automatically, before it gets requests; exit code 3",
          ),
          statement(
            byDefault("environments"),
            "The agent is killed",
            "The next agent continues, or takes the release out",
          ),
          statement(byDefault("environments"), "The first environment refuses", "The ones after it are not touched"),
        ],
      },
      {
        plain: "How deployments went.",
        head: ["Environment", "Deployments", "Taken out again", "Rolled back", "Median time", "Last"],
        none: nowhere,
        rows: environments.map(({ name }) => {
          const found = seen.find((one) => one.name === name);
          const last = found?.last;
          const counted = (value: number | undefined) => (value === undefined ? "none yet" : String(value));
          return statement(
            measured(last && { at: last.at, times: found?.deployments ?? 0 }),
            code(name),
            counted(found?.deployments),
            counted(found?.failed),
            counted(found?.rolledBack),
            took(found),
            last === undefined ? "never deployed" : `number ${last.deployment}: ${last.outcome}`,
          );
        }),
      },
    ],
  };
}

function goesPast(gate: string): string {
  return `whoever may deploy, with ${code(`--override ${gate} --reason`)}, which is in the audit log`;
}

/** Half of those that came to serve took less: fewer than there were, where some were taken out. */
function took(found: MeasuredEnvironment | undefined): string {
  const shown = measuredDuration(found?.deployMs, "never deployed");
  const row = found?.last && { value: 0, at: found.last.at, times: found.deployments };
  return measuredOtherwise(found?.deployMs, row, shown);
}

export function strategyWords({ name, options }: DeclaredEnvironment["strategy"]): string {
  return options === "" ? code(name) : `${code(name)} (${text(options)})`;
}

export function configurationSection({ declared: { config, environments, secretsPath } }: Facts): Section {
  const differing = config.filter(({ kind }) => kind === "differs" || kind === "address");
  return {
    name: "configuration",
    title: "Configuration",
    blocks: [
      {
        plain:
          "All of this is in `Configuration_Management_Plan.json`. One value applies to all environments unless a key is declared to differ.",
        head: ["Kind", "Keys", "Where written"],
        rows: [
          statement(
            declared("config"),
            "equal everywhere",
            String(config.filter(({ kind }) => kind === "value").length),
            "the key's default in the definition",
          ),
          statement(
            declared("config"),
            "differs, with a reason",
            String(differing.length),
            "the environments in the definition",
          ),
          statement(
            declared("config"),
            "secret",
            String(config.filter(({ kind }) => kind === "secret").length),
            code(secretsPath),
          ),
        ],
      },
      {
        plain: "What differs between environments, and why.",
        head: ["Key", ...environments.map(({ name }) => text(name)), "Why"],
        none: statement(declared("config"), "Nothing differs between environments."),
        rows: differing.map(({ name, key, values, reason = "" }) =>
          statement(
            declared(key),
            code(name),
            ...environments.map((environment) => {
              const own = values.find((one) => one.environment === environment.name);
              return own === undefined ? "default" : code(own.value);
            }),
            text(reason),
          ),
        ),
      },
    ],
  };
}

export function rollbackSection({
  declared: { environments, services, objectives, resources },
  measured: { environments: seen },
}: Facts): Section {
  const irreversible = services.filter(({ migrate }) => migrate !== undefined);
  return {
    name: "rollback",
    title: "Rollback",
    blocks: [
      {
        plain:
          "A rollback is one switch to a release that has already served: no canary, no gates. The abandoned release is refused everywhere until somebody clears it.",
        head: ["Environment", "Command", "Back to a specific release", "Who may"],
        none: nowhere,
        rows: environments.map(({ name, key }) =>
          statement(
            byDefault(key),
            code(name),
            code(`tidegate rollback ${name}`),
            code(`tidegate rollback ${name} --release DIGEST`),
            "whoever may use the state",
          ),
        ),
      },
      {
        plain: "How long it took from the command until the old release served again.",
        head: ["Environment", "Half below", "99 % below", "Wanted", "Last rollback", "Last rehearsal"],
        none: nowhere,
        rows: environments.map(({ name }): Statement => {
          const found = seen.find((one) => one.name === name);
          const wanted = objectives.rollbackMs;
          return statement(
            measured(found?.rollbackP50),
            code(name),
            measuredDuration(found?.rollbackP50, "never rolled back"),
            measuredDuration(found?.rollbackP99, found?.rollbackP50 === undefined ? "never rolled back" : unknown),
            wanted === undefined ? "no objective" : duration(wanted),
            found?.lastRollback ?? "never",
            "not told here",
          );
        }),
      },
      {
        plain: "What a switch cannot undo, and what a person does then.",
        head: ["What", "Why", "What to do"],
        none: statement(
          declared("services"),
          "Nothing is known that a switch cannot undo: no service has a migration.",
        ),
        rows: [
          ...irreversible.map(({ name, key, migrate = "" }) =>
            statement(
              declared(`${key}.migrate`),
              `the migration of ${code(name)}: ${code(migrate)}`,
              "a rollback leaves the data as the migration made it",
              resources.length === 0
                ? "write migrations that the previous release still works with; else restore a copy of the data by hand"
                : `write migrations that the previous release still works with; else ${code("tidegate env restore ENVIRONMENT --yes")}`,
            ),
          ),
          ...services
            .filter(({ writes }) => writes.length > 0)
            .map(({ name, key, writes }) =>
              statement(
                declared(`${key}.writes`),
                `what ${code(name)} wrote into ${codes(writes)}`,
                "these folders belong to the environment and stay from release to release",
                "restore a copy of the folder by hand",
              ),
            ),
        ],
      },
    ],
  };
}
