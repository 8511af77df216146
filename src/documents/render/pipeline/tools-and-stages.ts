import type { DeclaredTask } from "../../facts/declared.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Measure, MeasuredTask } from "../../facts/measured.ts";
import { rationaleOf } from "../../rationale.ts";
import { byDefault, declared, measured, observed } from "../../source.ts";
import { code, codes, graph, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, measuredDuration, measuredOtherwise, measuredShare, unknown } from "../words.ts";

export function toolsSection({ declared: { tools }, observed: seen }: Facts): Section {
  const versions = seen.programs;
  return {
    name: "tools",
    title: "Tools",
    blocks: [
      {
        plain: "The programs that the pipeline's commands call, and the parts of Tidegate that the definition chose.",
        head: ["Tool", "What it is", "Used by"],
        none: statement(declared("pipeline"), "No tools are defined: the definition has no tasks."),
        rows: tools.map(({ name, role, usedBy, key }) =>
          statement(declared(key), code(name), roles[role], codes(usedBy)),
        ),
      },
      {
        plain:
          "Why each was chosen, and what else was considered. Where the definition gives no reason (`because`), this is the default reason.",
        head: ["Tool", "Why", "Weighed"],
        none: statement(declared("pipeline"), "There is nothing to give reasons for."),
        rows: tools.map(({ name, role, key, because }) => {
          const { why, weighed } = rationaleOf(role, name);
          const source = because === undefined ? byDefault(key) : declared(key);
          return statement(source, code(name), text(because ?? why), text(weighed));
        }),
      },
      {
        plain: "The versions that were found on the machine where these facts were gathered.",
        head: ["Tool", "Version"],
        none: statement(observed(), "No versions are known: nobody has checked yet."),
        rows: tools
          .filter(({ role }) => role === "program")
          .map(({ name }): Statement => {
            const found = versions.find((one) => one.name === name);
            return statement(observed(found?.at), code(name), found === undefined ? unknown : text(found.version));
          }),
      },
    ],
  };
}

const roles = {
  program: "program",
  driver: "driver: runs instances",
  strategy: "strategy: introduces releases",
  resource: "resource",
  secrets: "source of secrets",
} as const;

/** More boxes than this, and nobody sees anything; hosts refuse to draw them. */
const mostBoxes = 60;

/** Tasks in their stages; of a large pipeline the stages alone. */
function pipelineGraph({ stages, tasks }: Facts["declared"]): string {
  const stageOf = new Map(tasks.map(({ name, stage }) => [name, stage]));
  const needs = tasks.flatMap((task) => task.needs.map((need) => ({ task, need })));
  if (tasks.length <= mostBoxes) {
    const groups = stages.map(
      (stage) => [stage, tasks.filter((one) => one.stage === stage).map(({ name }) => name)] as const,
    );
    return graph(
      groups,
      needs.map(({ task, need }) => [need, task.name]),
    );
  }
  const between = needs.map(({ task, need }) => [stageOf.get(need) ?? "", task.stage] as const);
  const distinct = new Map(between.filter(([from, to]) => from !== to).map((edge) => [JSON.stringify(edge), edge]));
  return graph([["stages", stages]], [...distinct.values()]);
}

export function stagesSection({ declared: said, measured: { tasks: seen } }: Facts): Section {
  const { tasks } = said;
  return {
    name: "stages",
    title: "Stages",
    blocks: [
      {
        plain: "A stage is a named group of tasks. A task starts when everything it needs has succeeded.",
        head: ["Stage", "Task", "Runs", "Needs", "Why"],
        none: statement(declared("pipeline"), "No stages are defined: the pipeline has no tasks."),
        ...(tasks.length > 0 && { graph: { mermaid: pipelineGraph(said), source: declared("pipeline") } }),
        rows: tasks.map(({ name, key, stage, run, needs, because }) =>
          statement(
            declared(key),
            text(stage),
            code(name),
            code(run),
            codes(needs),
            because === undefined ? "no reason given" : text(because),
          ),
        ),
      },
      {
        plain: "What each task reads and writes, whether its result is cached, and its limits.",
        head: ["Task", "Inputs", "Outputs", "Cached", "Confinement", "Limits"],
        none: statement(declared("pipeline"), "There are no tasks."),
        rows: tasks.map((task) =>
          statement(
            declared(task.key),
            code(task.name),
            codes(task.inputs, "not declared"),
            codes(task.outputs),
            task.isCached ? "yes" : "no",
            confinementOf(task),
            limitsOf(task),
          ),
        ),
      },
      {
        plain: "How long tasks took when they ran, and how often a cached result replaced them.",
        head: ["Task", "Median", "90 % below", "Found in the cache", "Failed", "Last result"],
        none: statement(measured(), "There are no tasks to measure."),
        rows: tasks.map(({ name }) =>
          durations(
            name,
            seen.find((one) => one.name === name),
          ),
        ),
      },
    ],
  };
}

/** What a task is kept from; see docs/pipeline.md. */
function confinementOf({ confine, network }: DeclaredTask): string {
  switch (confine) {
    case "declared":
      return "none: its definition is trusted";
    case "staged":
      return "staged: a tree with only its inputs";
    case "sealed":
      return `sealed: only its inputs, ${network ? "and the network" : "no network"}`;
    default:
      return text(confine);
  }
}

function limitsOf({ timeoutMs, retries, services, shards, isConditional, mayFail, cleansUp }: DeclaredTask): string {
  const parts = [
    `at most ${duration(timeoutMs)}`,
    ...(retries > 0 ? [`tried again ${retries === 1 ? "once" : `${retries} times`}`] : []),
    ...(shards === undefined ? [] : [`in ${shards} parts`]),
    ...(services.length === 0 ? [] : [`beside ${codes(services)}`]),
    ...(isConditional ? ["only under a condition"] : []),
    ...(mayFail ? ["may fail"] : []),
    ...(cleansUp ? ["cleans up"] : []),
  ];
  return parts.join(", ");
}

function durations(name: string, seen: MeasuredTask | undefined): Statement {
  const last = seen?.last;
  const row = seen?.median ?? seen?.hitRate;
  const shareOf = (measure: Measure | undefined) =>
    measuredOtherwise(measure, row, measuredShare(measure, "no run yet"));
  return statement(
    measured(row ?? last),
    code(name),
    measuredDuration(seen?.median, "no run yet"),
    measuredDuration(seen?.p90, "no run yet"),
    shareOf(seen?.hitRate),
    shareOf(seen?.failureRate),
    last === undefined ? "no run yet" : `${last.outcome}${last.at === (row ?? last).at ? "" : ` (${last.at})`}`,
  );
}
