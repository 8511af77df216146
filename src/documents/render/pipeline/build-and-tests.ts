import type { Facts } from "../../facts/facts.ts";
import { byDefault, declared, measured } from "../../source.ts";
import { code, codes, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { count, share, size, unknown } from "../words.ts";

export function buildSection({ declared: { tasks, services }, measured: seen }: Facts): Section {
  const builders = tasks.filter(({ outputs }) => outputs.length > 0);
  return {
    name: "build",
    title: "Build",
    blocks: [
      {
        plain: "What is built from what.",
        head: ["Output", "Task", "From"],
        none: statement(declared("pipeline"), "Nothing is built: no task has outputs."),
        rows: builders.map(({ name, key, inputs, outputs }) =>
          statement(declared(key), codes(outputs), code(name), codes(inputs, "not declared")),
        ),
      },
      {
        plain: "Reproducibility: how often a task that ran again for the same inputs wrote the same bytes.",
        head: ["Task", "Equal"],
        none: statement(declared("pipeline"), "Nothing is built: no task has outputs."),
        rows: builders.map(({ name }): Statement => {
          const proof = seen.tasks.find((one) => one.name === name)?.reproduced;
          const shown = proof === undefined ? "no proof yet" : `${proof.equal} of ${proof.compared}`;
          return statement(measured(proof && { at: proof.at, times: proof.compared }), code(name), shown);
        }),
      },
      {
        plain:
          "What a release contains. It is named by the digest of its content, so the same files are always the same release.",
        head: ["Service", "Files", "Command", "Migration"],
        none: statement(declared("services"), "No release is defined: the definition has no services."),
        rows: services.map(({ name, key, files, run, migrate }) =>
          statement(declared(key), code(name), codes(files), code(run), migrate === undefined ? "none" : code(migrate)),
        ),
      },
      {
        plain: "Releases that were made.",
        head: ["Releases kept", "Last", "Size of the latest", "Refused everywhere"],
        rows: [releasesOf(seen.releases)],
      },
    ],
  };
}

function releasesOf(releases: Facts["measured"]["releases"]): Statement {
  if (releases === undefined) return statement(measured(), "none yet", "never", unknown, "none");
  const { last, files, bytes, quarantined } = releases;
  const content = `${count(files, "file")}, ${size(bytes)}`;
  return statement(
    measured({ at: last, times: releases.count }),
    String(releases.count),
    last,
    content,
    String(quarantined),
  );
}

export function testsSection({ declared: { tasks }, measured: seen }: Facts): Section {
  const tested = tasks.filter(({ reports }) => reports.length > 0);
  return {
    name: "tests",
    title: "Tests",
    blocks: [
      {
        plain:
          "The tasks that report tests or coverage. Unless it is allowed to fail, each one blocks the release and the tasks that need it.",
        head: ["Task", "Reports", "Coverage at least", "Parts", "Blocks"],
        none: statement(declared("pipeline"), "No automated tests are declared: no task has `reports`."),
        rows: tested.map(({ name, key, reports, minimum, shards, mayFail }) =>
          statement(
            declared(key),
            code(name),
            text(reports.join(", ")),
            minimum === undefined ? "no minimum" : text(minimum),
            shards === undefined ? "1" : String(shards),
            mayFail ? "no" : "yes",
          ),
        ),
      },
      {
        plain: "What the tests did the last time they ran.",
        head: ["Task", "Passed", "Failed", "Skipped", "Lines reached", "Branches reached"],
        none: statement(measured(), "Without reports, no test results are known."),
        rows: tested.map(({ name }) => {
          const found = seen.tasks.find((one) => one.name === name);
          const counts = found?.tests;
          const shown = (value: number | undefined) => (value === undefined ? "no run yet" : String(value));
          const reached = (value: number | undefined) => (value === undefined ? unknown : share(value));
          return statement(
            measured(counts),
            code(name),
            shown(counts?.passed),
            shown(counts?.failed),
            shown(counts?.skipped),
            reached(found?.coverage?.lines),
            reached(found?.coverage?.branches),
          );
        }),
      },
      {
        plain: "Tests that gave different results for the same inputs.",
        head: ["Test", "Task", "How often", "Of runs", "Owner"],
        none: statement(measured(seen.runs && { at: seen.runs.to, times: seen.runs.count }), "No flaky test is known."),
        rows: seen.flaky.map(({ task, test, flips, runs, at }) =>
          statement(
            measured({ at, times: runs }),
            text(test),
            code(task),
            String(flips),
            String(runs),
            ownerOf(tasks, task, test),
          ),
        ),
      },
      {
        plain: "Tests whose failures do not count for a while.",
        head: ["Test", "Task", "Owner", "Last day", "Why"],
        none: statement(declared("pipeline"), "No test is in quarantine."),
        rows: tasks.flatMap(({ name, key, quarantine }) =>
          quarantine.map(({ test, owner, until, reason }, index) =>
            statement(
              declared(`${key}.quarantine.${index}`),
              text(test),
              code(name),
              text(owner),
              text(until),
              text(reason),
            ),
          ),
        ),
      },
      {
        plain: "What a failing test stops.",
        head: ["Rule", "Effect"],
        rows: [
          statement(
            byDefault("pipeline"),
            "A task failed",
            "What needs it is skipped, no release is made, exit code 1",
          ),
          statement(byDefault("pipeline"), "Coverage is below the minimum", "The task fails"),
          statement(byDefault("pipeline"), "A quarantine has expired", "Its tests count again"),
        ],
      },
    ],
  };
}

function ownerOf(tasks: Facts["declared"]["tasks"], task: string, test: string): string {
  const entries = tasks.find(({ name }) => name === task)?.quarantine ?? [];
  const own = entries.find((entry) => test.endsWith(entry.test));
  return own === undefined ? "nobody" : text(own.owner);
}
