import type { gates } from "../../../records/deployment-spec.ts";
import type { Facts } from "../../facts/facts.ts";
import type { DoraFigures } from "../../facts/measured.ts";
import { risksOf } from "../../risks.ts";
import { byDefault, declared, measured, observed } from "../../source.ts";
import { code, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, measuredDuration, measuredShare, share } from "../words.ts";

export function feedbackSection({ measured: { runs } }: Facts): Section {
  return {
    name: "feedback",
    title: "Feedback",
    blocks: [
      {
        plain: "How soon somebody who changed something learns that it is wrong.",
        head: ["From", "To", "Time"],
        rows: [
          statement(
            measured(runs?.failedMs),
            "the start of a run",
            "the end of a run that failed; its first failure is reported earlier",
            measuredDuration(runs?.failedMs, "no run failed yet"),
          ),
          statement(
            measured(runs?.medianMs),
            "the start of a run",
            "its end; half of the runs are faster",
            measuredDuration(runs?.medianMs, "no run yet"),
          ),
          statement(measured(), "a file is saved", "the first failure is reported", "not recorded"),
          statement(measured(), "a push", "the first failure is reported", "not recorded"),
        ],
      },
      {
        plain: "Where a failure is reported.",
        head: ["Where", "How"],
        rows: [
          statement(
            byDefault("pipeline"),
            "terminal",
            `${code("tidegate run")}, and ${code("tidegate run --watch")} after each save`,
          ),
          statement(byDefault("pipeline"), "scripts", `${code("--json")}: one event per line; exit code 1`),
          statement(byDefault("pipeline"), "reports", `${code("tidegate run --junit FILE")}`),
          statement(byDefault("pipeline"), "traces", "OpenTelemetry, where an endpoint is set"),
        ],
      },
    ],
  };
}

/** What every deployment passes, whatever the definition says. */
const doorGates: Readonly<Record<(typeof gates)[number], string>> = {
  config: "the config of every environment is complete and fits its schemas",
  leaks: "no file of the release contains the value of a secret",
  admission: "the release is not refused, and has been through the previous environment",
  parity: "nothing but what is declared differs from the previous environment",
  rehearsal:
    "where the definition asks for it, going back from the release has been tried out in a throw-away environment",
};

export function gatesSection({ declared: { environments, tasks, objectives }, measured: seen }: Facts): Section {
  const covered = tasks.filter(({ minimum }) => minimum !== undefined);
  return {
    name: "gates",
    title: "Quality gates",
    blocks: [
      {
        plain: "What must hold before a release continues, and the latest answer.",
        head: ["Gate", "Where", "Threshold", "Last result"],
        rows: [
          ...Object.entries(doorGates).map(([name, threshold]) =>
            statement(
              byDefault("environments"),
              code(name),
              "every environment",
              threshold,
              "reported by each deployment",
            ),
          ),
          ...covered.map(({ name, minimum = "" }): Statement => {
            const found = seen.tasks.find((one) => one.name === name);
            const reached = found?.coverage === undefined ? "no run yet" : `${share(found.coverage.lines)} of lines`;
            return statement(measured(found?.tests ?? found?.last), "coverage", code(name), text(minimum), reached);
          }),
          ...environments.flatMap((environment) =>
            environment.gates.map(({ kind, name, key, run, holds = "", because }): Statement => {
              const reason = because === undefined ? "" : `: ${text(because)}`;
              if (run === undefined)
                return statement(
                  declared(key),
                  code(name),
                  code(environment.name),
                  `${text(holds)}${reason}`,
                  "reported by each deployment",
                );
              const own = seen.environments.find((one) => one.name === environment.name);
              const last = own?.gates.find((one) => one.name === name);
              const never = kind === "rehearsal" ? "in the history of the environment" : "never asked";
              const result = last === undefined ? never : last.passed ? "passed" : "failed";
              return statement(
                measured(last),
                code(name),
                code(environment.name),
                `${code(run)} ends with 0${reason}`,
                result,
              );
            }),
          ),
        ],
      },
      {
        plain: "The project's `objectives`, and DORA's five figures from the ledger of deployments.",
        head: ["Figure", "Wanted", "Reached"],
        rows: figuresOf(seen.dora, objectives),
      },
      {
        plain: "What these figures leave out.",
        head: ["Left out"],
        none: statement(measured(), "There are no figures: nothing was deployed yet."),
        rows: (seen.dora?.leftOut ?? []).map((what) => statement(measured({ at: seen.dora!.until }), text(what))),
      },
    ],
  };
}

export function figuresOf(dora: DoraFigures | undefined, objectives: Facts["declared"]["objectives"]): Statement[] {
  const nothing = "nothing to count yet";
  const row = (
    name: string,
    figure: Exclude<keyof DoraFigures, "environment" | "days" | "until" | "from" | "leftOut">,
    wanted: number | undefined,
    shown: (value: number) => string,
  ) => {
    const found = dora?.[figure];
    const isKnown = dora !== undefined && found?.value !== undefined;
    const source = measured(isKnown ? { at: dora.until, times: found.times } : undefined);
    const reached = isKnown ? shown(found.value!) : nothing;
    return statement(source, name, wanted === undefined ? "no objective" : shown(wanted), reached);
  };
  const perWeek = (value: number) => `${Number(value.toPrecision(2))} a week`;
  return [
    row("Change lead time", "leadTimeMs", objectives.leadTimeMs, duration),
    row("Deployment frequency", "deploymentsPerWeek", objectives.deploymentsPerWeek, perWeek),
    row("Failed deployment recovery time", "recoveryMs", objectives.recoveryMs, duration),
    row("Change fail rate", "changeFailRate", objectives.changeFailRate, share),
    row("Change fail rate, releases taken out on the way included", "changeFailRateWithAborted", undefined, share),
    row("Deployment rework rate", "reworkRate", undefined, share),
  ];
}

export function risksSection(facts: Facts): Section {
  return {
    name: "risks",
    title: "Risks",
    blocks: [
      {
        plain: "Found by rules from the facts in this document, each with its remedy.",
        head: ["Risk", "Where", "Mend"],
        none: statement(observed(facts.gathered), "No rule found a risk in these facts."),
        rows: risksOf(facts).map(({ risk, where, mend, source }) =>
          statement(source, text(risk), text(where), text(mend)),
        ),
      },
    ],
  };
}

const shownMost = 5;

export function refinementsSection({ measured: { tasks } }: Facts): Section {
  const by = (value: (task: (typeof tasks)[number]) => number | undefined) =>
    tasks
      .flatMap((task) => {
        const found = value(task);
        return found === undefined || found === 0 ? [] : [{ task, found }];
      })
      .sort((a, b) => b.found - a.found || (a.task.name < b.task.name ? -1 : 1))
      .slice(0, shownMost)
      .map(({ task }) => task);
  return {
    name: "refinements",
    title: "Refinements",
    blocks: [
      {
        plain:
          "Where work on the pipeline pays off first. `git diff` of `tidegate.facts.json` shows what changed since the documents were last written.",
        head: ["What", "Task", "How much"],
        none: statement(measured(), "Nothing can be said before the first run."),
        rows: [
          ...by((one) => one.median?.value).map((one) =>
            statement(measured(one.median), "slowest", code(one.name), measuredDuration(one.median)),
          ),
          ...by((one) => one.hitRate && 1 - one.hitRate.value).map((one) =>
            statement(measured(one.hitRate), "least often in the cache", code(one.name), measuredShare(one.hitRate)),
          ),
          ...by((one) => one.failureRate?.value).map((one) =>
            statement(measured(one.failureRate), "most often failing", code(one.name), measuredShare(one.failureRate)),
          ),
        ],
      },
      {
        plain: "What to check when the strategies themselves are reviewed.",
        head: ["Question", "Where to find the answer"],
        rows: [
          statement(
            declared("environments"),
            "does the strategy still fit",
            "`strategy` of each environment, with its `because`",
          ),
          statement(declared("objectives"), "are the objectives met", "section Quality gates"),
        ],
      },
    ],
  };
}
