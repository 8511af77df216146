import type { DeclaredEnvironment } from "../../facts/declared.ts";
import type { Facts } from "../../facts/facts.ts";
import { rationaleOf } from "../../rationale.ts";
import { byDefault, declared, measured, observed } from "../../source.ts";
import { code, text } from "../markdown.ts";
import { strategyWords } from "../pipeline/deployment.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { measuredDuration } from "../words.ts";

const nowhere = statement(declared("environments"), "No environments are defined yet.");

export function configurationAsCodeSection({ declared: { config, secretsPath } }: Facts): Section {
  const layers = [
    ["1, the lowest", "the schema's default", "all environments", "`config` in the definition"],
    ["2", "the environment's own value", "keys that differ", "`environments.<name>.config`"],
    ["3", "the secret's source", "secrets", code(secretsPath)],
    ["4, the highest", "set by hand", "one deployment", "`--set KEY=VALUE`; status reports it"],
  ] as const;
  return {
    name: "configuration",
    title: "Configuration as code",
    blocks: [
      {
        plain: "One rule: the highest layer that has a value wins.",
        head: ["Layer", "What", "For", "Where written"],
        rows: layers.map((cells) => statement(byDefault("config"), ...cells)),
      },
      {
        plain: "How a change reaches production, and what checks it on the way.",
        head: ["Step", "What checks it"],
        rows: [
          statement(byDefault("config"), "the definition or a secrets file is changed", "the compiler, while you type"),
          statement(
            byDefault("config"),
            "before it is merged",
            `${code("tidegate check")}: every key of every environment, all problems at once`,
          ),
          statement(
            byDefault("config"),
            "before it is deployed",
            `${code("tidegate plan")} shows each value before and after`,
          ),
          statement(byDefault("config"), "when it is deployed", "the gate `config`; nothing is touched if it refuses"),
          statement(
            byDefault("config"),
            "afterwards",
            `${code("tidegate status")} and ${code("tidegate config diff")}`,
          ),
        ],
      },
      {
        plain: "How many keys there are.",
        head: ["Kind", "Keys"],
        rows: (["value", "differs", "address", "secret"] as const).map((kind) =>
          statement(declared("config"), kind, String(config.filter((one) => one.kind === kind).length)),
        ),
      },
    ],
  };
}

export function paritySection({ declared: { config, environments }, observed: { parity } }: Facts): Section {
  const differing = config.filter(({ reason, kind }) => reason !== undefined && kind !== "secret");
  const others = environments.flatMap(({ name, replicas, limits, resources }) =>
    [
      ...replicas.map((one) => ({ ...one, what: `replicas of ${one.service}` })),
      ...limits.map((one) => ({ ...one, what: `limits of ${one.service}` })),
      ...resources.map((one) => ({ ...one, what: `resource ${one.resource}` })),
    ].map((one) => ({ ...one, name })),
  );
  return {
    name: "parity",
    title: "Parity",
    blocks: [
      {
        plain: "Every pair of environments, as it was last compared.",
        head: ["Pair", "Equal", "Declared different", "Violations", "Not known"],
        none: statement(
          observed(parity?.at),
          parity === undefined
            ? "Not compared yet: `tidegate parity` compares them."
            : "There are no two environments to compare.",
        ),
        rows: (parity?.pairs ?? []).map(({ a, b, equal, declared: different, violations, unknown }) =>
          statement(
            observed(parity?.at),
            `${code(a)} and ${code(b)}`,
            String(equal),
            different.map(differenceWords).join("; ") || "nothing",
            violations.map(code).join("; ") || "none",
            unknown.map(code).join("; ") || "nothing",
          ),
        ),
      },
      {
        plain:
          "The differences that the definition declares one by one (`differs`). Apart from these, environments may differ in what each one's own block says (address, purpose, protection, order, gates, strategy), in their secrets, and in the release while it moves from one to the next. Everything else must be equal.",
        head: ["What", "Why", "Until", "Owner"],
        none: statement(declared("environments"), "No difference is declared."),
        rows: [
          ...differing.map(({ name, key, reason = "", until, owner }) =>
            statement(
              declared(key),
              code(name),
              text(reason),
              until ?? "no end",
              owner === undefined ? "nobody" : text(owner),
            ),
          ),
          ...others.map(({ name, key, what, reason, until, owner }) =>
            statement(
              declared(key),
              `${text(what)} in ${code(name)}`,
              text(reason),
              until ?? "no end",
              owner === undefined ? "nobody" : text(owner),
            ),
          ),
        ],
      },
    ],
  };
}

/** With everything that says why: the reason, who answers for it, until when. */
function differenceWords({
  what,
  reason,
  owner,
  until,
}: NonNullable<Facts["observed"]["parity"]>["pairs"][number]["declared"][number]): string {
  const more = [...(owner === undefined ? [] : [text(owner)]), ...(until === undefined ? [] : [`until ${until}`])];
  return `${code(what)}: ${text(reason)}${more.length === 0 ? "" : ` (${more.join(", ")})`}`;
}

export function strategiesSection({ declared: { environments }, measured: { environments: seen } }: Facts): Section {
  return {
    name: "strategies",
    title: "Deployment strategies",
    blocks: [
      {
        plain: "How a release enters each environment, and why.",
        head: ["Environment", "Strategy", "Why", "Weighed"],
        none: nowhere,
        rows: environments.map(({ name, key, strategy }) => {
          const { why, weighed } = rationaleOf("strategy", strategy.name);
          const source = strategy.because === undefined ? byDefault(`${key}.strategy`) : declared(`${key}.strategy`);
          return statement(source, code(name), strategyWords(strategy), text(strategy.because ?? why), text(weighed));
        }),
      },
      {
        plain: "The steps of each. `tidegate plan` shows those of the next deployment, instance by instance.",
        head: ["Environment", "Steps", "Loses requests"],
        none: nowhere,
        rows: environments.map(({ name, key, strategy }) =>
          statement(
            byDefault(`${key}.strategy`),
            code(name),
            stepsOf(strategy),
            strategy.name === "recreate" ? "yes" : "no",
          ),
        ),
      },
      {
        plain: "How long deployments took.",
        head: ["Environment", "Median", "Taken out again"],
        none: nowhere,
        rows: environments.map(({ name }) => {
          const found = seen.find((one) => one.name === name);
          const failed = found === undefined ? "none yet" : String(found.failed);
          return statement(
            measured(found?.deployMs),
            code(name),
            measuredDuration(found?.deployMs, "never deployed"),
            failed,
          );
        }),
      },
    ],
  };
}

function stepsOf({ name, alpha }: DeclaredEnvironment["strategy"]): string {
  switch (name) {
    case "rolling":
      return "migrate; then, batch by batch: start, check health and gates, switch, drain and stop the old";
    case "recreate":
      return "stop everything old; migrate; start, check health and gates; route";
    case "blueGreen":
      return "migrate; start everything new beside the old, check health and gates; switch all requests; keep the old for a while; drain and stop it";
    case "canary":
      return `migrate; start everything new beside the old, check health and gates; share by share: switch, compare both (sequential tests of errors and latency: a release that is no worse is taken out in at most ${percent(alpha)} of the rollouts); keep the old for a while; drain and stop it`;
    default:
      return "see `tidegate plan`";
  }
}

/** "1 %". */
function percent(part = 0): string {
  return `${Number((part * 100).toPrecision(2))} %`;
}

export function driftSection({ declared: { environments }, observed: { drift } }: Facts): Section {
  return {
    name: "drift",
    title: "Consistency and drift",
    blocks: [
      {
        plain: "What is running, compared with what was deployed. What was not checked is not claimed to be equal.",
        head: ["Environment", "Found", "Checked", "Not checked"],
        none: nowhere,
        rows: environments.map(({ name }): Statement => {
          const last = drift?.find(({ environment }) => environment === name);
          if (last === undefined) return statement(observed(), code(name), "never checked", "nothing", "everything");
          const found = last.found.map(text).join("; ") || "no drift";
          return statement(
            observed(last.at),
            code(name),
            found,
            last.checked.map(dimensionWords).join(", "),
            last.notChecked.map(dimensionWords).join(", ") || "nothing",
          );
        }),
      },
    ],
  };
}

const dimensions: Readonly<Record<string, string>> = {
  startedWith: "variables at start-up",
  environment: "variables now",
  configFile: "config files",
  files: "files of the release",
};

/** `startedWith (why)` → `variables at start-up (why)`. */
function dimensionWords(dimension: string): string {
  return text(dimension.replace(/^\w+/, (name) => dimensions[name] ?? name));
}
