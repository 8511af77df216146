import { gates as doorGates } from "../../../records/deployment-spec.ts";
import type { Facts } from "../../facts/facts.ts";
import type { Measure } from "../../facts/measured.ts";
import { type DocumentName, schemaIds } from "../../names.ts";
import type { AutomationPlan } from "../../plan-schemas.ts";
import { risksOf } from "../../risks.ts";
import { notYetIn } from "../../rows.ts";
import { byDefault, declared, measured, type Source } from "../../source.ts";
import { print } from "../notes.ts";

const name = "CICD_Automation_Plan.json" satisfies DocumentName;

/** Done by Tidegate, by a person, or not there yet. */
type Mode = "automated" | "manual" | "planned";

/** `CICD_Automation_Plan.json`: the pipeline specifications as data. Times are milliseconds. */
export function automationPlan(facts: Facts): string {
  const { declared: said, gathered } = facts;
  const plan: AutomationPlan = {
    $schema: schemaIds[name],
    project: said.project,
    gathered,
    triggers: triggers(),
    stages: said.stages.map((stage) => ({
      name: stage,
      tasks: said.tasks.filter((one) => one.stage === stage).map((one) => one.name),
      source: declared("pipeline"),
    })),
    tasks: tasks(facts),
    environments: environments(facts),
    rollback: rollback(facts),
    notifications: [
      item("a failure is reported where it happens: terminal, exit code, reports", "automated", byDefault("pipeline")),
    ],
    schedules: [
      ...said.resources.flatMap(({ name, key, backupEveryMs }) =>
        backupEveryMs === undefined
          ? []
          : [{ ...item(`backup of ${name}`, "automated", declared(key)), everyMs: backupEveryMs }],
      ),
      item("runs of the pipeline at fixed times", "planned", byDefault("pipeline")),
    ],
    targets: { ...said.objectives, source: declared("objectives") },
    measured: {
      runs: facts.measured.runs ?? null,
      releases: facts.measured.releases ?? null,
      source: measured(lastRun(facts)),
    },
    dora: dora(facts),
    risks: risksOf(facts),
    notYet: [...notYetIn(name, "automation")],
    notes: {},
  };
  return print(plan);
}

function item(what: string, mode: Mode, source: Source) {
  return { what, mode, source };
}

function triggers(): AutomationPlan["triggers"] {
  return [
    { ...item("bring a commit to production", "manual", byDefault("environments")), command: "tidegate ship" },
    {
      ...item("promote what an environment is serving", "manual", byDefault("environments")),
      command: "tidegate promote",
    },
    {
      ...item("run the pipeline after each save", "automated", byDefault("pipeline")),
      command: "tidegate run --watch",
    },
    item("deploy on a push", "planned", byDefault("environments")),
  ];
}

function tasks({ declared: { tasks }, measured: { tasks: seen } }: Facts): AutomationPlan["tasks"] {
  return tasks.map(({ key, ...task }) => {
    const found = seen.find((one) => one.name === task.name);
    return {
      ...task,
      mode: "automated",
      source: declared(key),
      measured: { ...found, source: measured(found?.median ?? found?.hitRate ?? found?.last) },
    };
  });
}

function environments({
  declared: { environments },
  measured: { environments: seen },
}: Facts): AutomationPlan["environments"] {
  return environments.map(({ key, gates, strategy, ...environment }) => {
    const found = seen.find((one) => one.name === environment.name);
    return {
      ...environment,
      source: declared(key),
      strategy: { ...strategy, source: declared(`${key}.strategy`) },
      gates: [
        ...doorGates.map((gate) => ({
          name: gate,
          mode: "automated" as const,
          source: byDefault("environments"),
        })),
        ...gates.map(({ key: place, ...gate }) => ({
          ...gate,
          mode: gate.kind === "approval" ? ("manual" as const) : ("automated" as const),
          source: declared(place),
        })),
      ],
      measured: { ...found, source: measured(found?.last) },
    };
  });
}

function rollback({
  declared: { environments, objectives },
  measured: { environments: seen },
}: Facts): AutomationPlan["rollback"] {
  return environments.map(({ name: environment, key }) => {
    const found = seen.find((one) => one.name === environment);
    return {
      environment,
      command: `tidegate rollback ${environment}`,
      mode: "manual",
      byItself: "a release that does not become healthy is taken out again",
      targetMs: objectives.rollbackMs ?? null,
      p50: orNull(found?.rollbackP50),
      p99: orNull(found?.rollbackP99),
      last: found?.lastRollback ?? "never",
      rehearsed: "not told here",
      source: byDefault(key),
      measured: measured(found?.rollbackP50),
    };
  });
}

function dora({ measured: { dora } }: Facts): AutomationPlan["dora"] {
  if (dora === undefined) return { state: "nothing was deployed yet", source: measured() };
  return { ...dora, source: measured({ at: dora.until, times: dora.deploymentsPerWeek.times }) };
}

function lastRun({ measured: { runs } }: Facts) {
  return runs === undefined ? undefined : { at: runs.to, times: runs.count };
}

function orNull(measure: Measure | undefined): Measure | null {
  return measure ?? null;
}
