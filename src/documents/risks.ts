import type { Facts } from "./facts/facts.ts";
import { declared, measured, observed, type Source } from "./source.ts";

/** Something that may go wrong, found by a rule. Plain texts. */
export interface Risk {
  readonly rule: string;
  readonly risk: string;
  readonly where: string;
  readonly mend: string;
  readonly source: Source;
}

/** A rule looks at the facts alone, so that the same facts have the same risks. */
type Rule = (facts: Facts) => readonly Omit<Risk, "rule">[];

const dayMs = 86_400_000;
const daysWithoutRollback = 30;
const daysOfSecret = 365;

const rules: Readonly<Record<string, Rule>> = {
  neverRolledBack: ({ declared: { environments }, measured: { environments: seen }, gathered }) =>
    environments.flatMap(({ name }) => {
      const last = seen.find((one) => one.name === name)?.lastRollback;
      if (last !== undefined && daysBetween(last, gathered) <= daysWithoutRollback) return [];
      const risk =
        last === undefined
          ? "a rollback was never tried"
          : `no rollback was tried in the last ${daysWithoutRollback} days`;
      const mend = `Try one where it does no harm: tidegate rollback ${name}; tidegate release clear then allows the abandoned release again.`;
      return [{ risk, where: name, mend, source: measured(last === undefined ? undefined : { at: last }) }];
    }),
  objectiveMissed: ({ declared: { objectives }, measured: { dora, environments } }) => {
    const rollback = environments.find(({ name }) => name === dora?.environment)?.rollbackP99;
    const worse = (what: string, wanted: number | undefined, is: number | undefined) =>
      wanted !== undefined && is !== undefined && is > wanted ? [what] : [];
    const missed = [
      ...worse("lead time", objectives.leadTimeMs, dora?.leadTimeMs.value),
      ...worse("recovery", objectives.recoveryMs, dora?.recoveryMs.value),
      ...worse("change fail rate", objectives.changeFailRate, dora?.changeFailRate.value),
      ...worse("rollback", objectives.rollbackMs, rollback?.value),
      // The only one of which more is better.
      ...worse("deployments a week", dora?.deploymentsPerWeek.value, objectives.deploymentsPerWeek),
    ];
    return missed.map((what) => ({
      risk: `an objective is not met: ${what}`,
      where: dora?.environment ?? "",
      mend: "See the figures in Quality gates, or change the objectives.",
      source: measured(dora && { at: dora.until }),
    }));
  },
  oneReplica: ({ declared: { environments, services } }) =>
    environments
      .filter(({ name, isProtected }) => isProtected || name === "production")
      .flatMap((environment) =>
        services.flatMap((service) => {
          const count = environment.replicas.find((one) => one.service === service.name)?.count ?? service.replicas;
          if (count > 1 || service.route === "none") return [];
          const mend = `Give it a second one: replicas: { ${service.name}: differs(2, "…") } in ${environment.key}.`;
          const risk = "only one instance: requests fail while it restarts";
          return [{ risk, where: `${service.name} in ${environment.name}`, mend, source: declared(service.key) }];
        }),
      ),
  noHealth: ({ declared: { services } }) =>
    services
      .filter(({ health, route }) => health === undefined && route !== "none")
      .map(({ name, key }) => ({
        risk: "no health path: an instance counts as healthy as soon as its port accepts connections",
        where: name,
        mend: 'Give it one: health: "/healthz".',
        source: declared(key),
      })),
  irreversibleMigration: ({ declared: { services } }) =>
    services
      .filter(({ migrate }) => migrate !== undefined)
      .map(({ name, key }) => ({
        risk: "a rollback cannot undo a migration",
        where: name,
        mend: "Write it so that the previous release still works with it, and remove what is old one release later.",
        source: declared(`${key}.migrate`),
      })),
  flakyGate: ({ measured: { flaky }, declared: { tasks } }) =>
    flaky
      .filter(({ task }) => tasks.some((one) => one.name === task && !one.mayFail))
      .map(({ task, test, at, runs }) => ({
        risk: `a flaky test decides whether a release is made: ${test}`,
        where: task,
        mend: "Fix the test, or put it in quarantine with an owner and an end date.",
        source: measured({ at, times: runs }),
      })),
  expiredQuarantine: ({ declared: { tasks }, gathered }) =>
    tasks.flatMap(({ name, key, quarantine }) =>
      quarantine.flatMap(({ test, until }, index) =>
        until >= gathered
          ? []
          : [
              {
                risk: `a quarantine has expired: ${test}`,
                where: name,
                mend: "Remove the entry, or fix the test.",
                source: declared(`${key}.quarantine.${index}`),
              },
            ],
      ),
    ),
  expiredException: ({ declared: { config, environments }, gathered }) => {
    const ofEnvironments = environments.flatMap(({ replicas, limits, resources }) => [
      ...replicas,
      ...limits,
      ...resources,
    ]);
    return [...config, ...ofEnvironments]
      .filter(({ until }) => until !== undefined && until < gathered)
      .map(({ key, until, owner }) => ({
        risk: `a declared difference has expired on ${until}`,
        where: key,
        mend: `Make it equal, or give it a new end date${owner === undefined ? "" : ` (${owner} answers for it)`}.`,
        source: declared(key),
      }));
  },
  noTests: ({ declared: { tasks } }) =>
    tasks.length > 0 && tasks.every(({ reports }) => reports.length === 0)
      ? [
          {
            risk: "no task reports tests: what is flaky or slow is unknown",
            where: "pipeline",
            mend: 'Give a task reports: { junit: "reports/junit.xml" }.',
            source: declared("pipeline"),
          },
        ]
      : [],
  noGate: ({ declared: { environments } }) =>
    environments
      .filter(({ name, isProtected }) => isProtected || name === "production")
      .filter(({ gates }) => gates.every(({ kind }) => kind !== "check"))
      .map(({ name, key }) => ({
        risk: "production has no check of its own",
        where: name,
        mend: 'Give it one: gates: [check("smoke", "…")].',
        source: declared(key),
      })),
  noStage: ({ declared: { environments } }) =>
    environments
      .filter(({ name, after }) => name === "production" && after === undefined)
      .map(({ name, key }) => ({
        risk: "a release reaches production without having been anywhere else",
        where: name,
        mend: 'Put an environment before it: after: "staging".',
        source: declared(key),
      })),
  noBackup: ({ declared: { resources, environments }, observed: { snapshots } }) =>
    resources
      .filter(({ keep, backupEveryMs }) => keep !== undefined && backupEveryMs === undefined)
      .flatMap(({ name, key }) =>
        environments
          .filter(
            (one) => !snapshots?.some((snapshot) => snapshot.resource === name && snapshot.environment === one.name),
          )
          .map((environment) => ({
            risk: "no backup: there is no schedule, and none was ever made",
            where: `${name} in ${environment.name}`,
            mend: `Give it one: backup: { every: "24h" }; now: tidegate env backup ${environment.name}.`,
            source: declared(key),
          })),
      ),
  backupFailed: ({ observed: { resources = [] } }) =>
    resources
      .filter(({ lastBackup }) => lastBackup?.isGood === false)
      .map(({ environment, resource, at }) => ({
        risk: "the last scheduled backup failed",
        where: `${resource} in ${environment}`,
        mend: `See why, and make one now: tidegate env backup ${environment}.`,
        source: observed(at),
      })),
  restoreNeverTried: ({ observed: { snapshots = [] } }) => {
    const groups = Map.groupBy(snapshots, ({ environment, resource }) => `${resource} in ${environment}`);
    return [...groups]
      .filter(([, all]) => all.every(({ rehearsed }) => rehearsed === undefined))
      .map(([where, all]) => ({
        risk: "a restore was never tried",
        where,
        mend: "Try one where it does no harm: tidegate env restore ENVIRONMENT --yes.",
        source: observed(all[0]!.at),
      }));
  },
  secretNotRenewed: ({ observed: { secrets }, gathered }) =>
    (secrets?.renewals ?? [])
      .filter(({ done }) => done === undefined)
      .map(({ place, key, person, due }) => ({
        risk: `${person} lost access but may still know it${due < gathered ? `; it was to be renewed by ${due}` : ""}`,
        where: `${key} of ${place}`,
        mend: `Give it a new value: tidegate secrets set ${key}.`,
        source: observed(secrets!.at),
      })),
  oldSecrets: ({ observed: { secrets }, gathered }) =>
    (secrets?.files ?? [])
      .filter(({ lastChange }) => lastChange !== undefined && daysBetween(lastChange, gathered) > daysOfSecret)
      .map(({ place, lastChange }) => ({
        risk: `none of its secrets was changed in the last ${daysOfSecret} days (since ${lastChange})`,
        where: place,
        mend: "Give its secrets new values: tidegate secrets set KEY.",
        source: observed(secrets!.at),
      })),
  unsignedSecrets: ({ observed: { secrets } }) =>
    (secrets?.files ?? [])
      .filter(({ isSigned }) => !isSigned)
      .map(({ place }) => ({
        risk: "its secrets file is not signed: a replaced secret would not be noticed",
        where: place,
        mend: "Sign it: tidegate secrets init.",
        source: observed(secrets!.at),
      })),
  parityViolated: ({ observed: { parity } }) =>
    (parity?.pairs ?? []).flatMap(({ a, b, violations }) =>
      violations.map((what) => ({
        risk: `an undeclared difference: ${what}`,
        where: `${a} and ${b}`,
        mend: `See it: tidegate parity ${a} ${b}.`,
        source: observed(parity!.at),
      })),
    ),
  drifted: ({ observed: { drift = [] } }) =>
    drift.flatMap(({ environment, at, found }) =>
      found.map((what) => ({
        risk: `it differs from what was deployed: ${what}`,
        where: environment,
        mend: `Bring it back: tidegate drift ${environment} --fix.`,
        source: observed(at),
      })),
    ),
  unwell: ({ observed: { environments } }) =>
    environments.flatMap(({ name, at, problems }) =>
      problems.map((problem) => ({
        risk: problem,
        where: name,
        mend: `See it: tidegate status ${name}.`,
        source: observed(at),
      })),
    ),
  undecided: ({ declared: { services, environments } }) => [
    ...(services.length > 0 ? [] : [undecided("what is released", "services", "services: { web }")]),
    ...(environments.length > 0
      ? []
      : [
          undecided(
            "where releases go",
            "environments",
            "environments: { staging: { driver: local(), strategy: rolling() } }",
          ),
        ]),
  ],
};

/** Everything that the rules find, in the order of the rules. */
export function risksOf(facts: Facts): Risk[] {
  return Object.entries(rules).flatMap(([rule, find]) => find(facts).map((risk) => ({ rule, ...risk })));
}

function undecided(what: string, key: string, example: string) {
  return { risk: `it is undecided ${what}`, where: "the definition", mend: `Add ${example}.`, source: declared(key) };
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / dayMs;
}
