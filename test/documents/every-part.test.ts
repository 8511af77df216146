import { expect, test } from "vitest";
import { defineProject } from "../../src/definition/builders.ts";
import { renderDocuments } from "../../src/documents/documents.ts";
import type { Facts } from "../../src/documents/facts/facts.ts";
import type { DocumentName } from "../../src/documents/names.ts";
import { factsOf, withEverything } from "./facts.ts";
import { shop } from "./shop.ts";

const pipeline: DocumentName = "DevOps_Pipeline_Specifications.md";
const strategy: DocumentName = "Environment_Management_Strategy.md";
const plan: DocumentName = "CICD_Automation_Plan.json";
const configuration: DocumentName = "Configuration_Management_Plan.json";

/**
 * Every part of every answer, and a sign of it in that section: a table's head, a row, a word of its paragraph. What is not built
 * stands in the section as such. Of the two plans: a field of their data.
 */
const parts: readonly (readonly [document: DocumentName, section: string, parts: Readonly<Record<string, RegExp>>])[] =
  [
    [
      pipeline,
      "Tools",
      {
        "each tool in use": /\| `npm` \| program \|/,
        "its version": /\| `npm` \| 11\.0\.0 \|/,
        "what it does here": /\| Tool \| .*\| Used by \|/i,
        "why it": /\| Tool \| Why \|/,
        "what else was weighed": /\| Weighed \|/,
      },
    ],
    [
      pipeline,
      "Stages",
      {
        "table and graph": /```mermaid/,
        "stage, tasks, needs": /\| Stage \| Task \| Runs \| Needs \|/,
        "inputs, outputs, cache, confinement, limits": /\| Inputs \| Outputs \| Cached \| Confinement \| Limits \|/,
        "median and p90, hit rate": /\| Median \| 90 % below \| Found in the cache \|/,
      },
    ],
    [
      pipeline,
      "Build",
      {
        "what is built from what": /inputs?/i,
        "the last proof that it can be reproduced": /2 of 3/,
        "what the release contains": /120 files/,
      },
    ],
    [
      pipeline,
      "Tests",
      {
        reports: /\| Reports \|/,
        "coverage and minimum": /\| Coverage at least \|/,
        shards: /\| Parts \|/,
        "flaky tests": /gave different results for the same inputs/,
        "quarantine with owner and expiry": /ann.*2027-01-01/,
        "what blocks": /\| Blocks \|/,
      },
    ],
    [
      pipeline,
      "Deployment",
      {
        triggers: /triggers/,
        "order of environments": /\| After \||staging.*production/i,
        gates: /gate/i,
        "who may open them": /\| Who may open it \|/,
        "strategy per environment": /`rolling`/,
        "what happens on failure": /taken out again automatically/,
      },
    ],
    [pipeline, "Configuration", { "keys and values of each environment": /LOG_LEVEL/ }],
    [
      pipeline,
      "Rollback",
      {
        "the exact commands": /`tidegate rollback production`/,
        "who may": /whoever may use the state/,
        "p50 and p99": /\| Half below \| 99 % below \|/,
        "last rehearsal": /\| Last rehearsal \|/,
        "what cannot be rolled back, why, and what a person does": /\| What \| Why \| What to do \|/,
      },
    ],
    [
      pipeline,
      "Feedback",
      { "from save": /a file is saved/, "from push": /a push/, "where it is told": /\| Where \| How \|/ },
    ],
    [pipeline, "Quality gates", { "threshold, last result": /\| Gate \| Where \| Threshold \| Last result \|/ }],
    [pipeline, "Risks", { "each with its mend": /\| Risk \| Where \| Mend \|/ }],
    [
      pipeline,
      "Refinements",
      {
        "the slowest": /slowest/,
        "the least cached": /least often in the cache/,
        "the most often failing": /most often failing/,
        "what changed since": /git diff/,
      },
    ],
    [
      strategy,
      "Environments",
      {
        "purpose, driver, where": /\| Purpose \| Driver \| Address \|/,
        "resources with versions": /\| Version \|/,
        "the version that answers": /\| Version that responds \|/,
        "who may do what": /\| What \| Who may \|/,
        "created, restored, destroyed": /\| Create \| Restore \| Destroy \|/,
        "previews and when they die": /\| End after \|/,
        cost: /\| Disk \| Memory \|/,
      },
    ],
    [
      strategy,
      "Secrets",
      {
        "where each comes from": /\| Secret \| From \|/,
        "who can read it": /\| Recipients \|/,
        age: /2025-01-01/,
        "rotation limit": /30 days/,
        "last rotation": /\| Last change \|/,
        "a person leaves": /a person leaves/,
      },
    ],
    [
      strategy,
      "Configuration as code",
      {
        layers: /\| Layer \| What \| For \| Where written \|/,
        "their one rule": /One rule/,
        "how a change reaches production, and what checks it": /\| Step \| What checks it \|/,
      },
    ],
    [
      strategy,
      "Parity",
      {
        "every pair": /`staging` and `production`/,
        "declared differences with reason, owner and expiry": /staging is chatty \(team-web, until 2027-03-01\)/,
        violations: /commands web/,
        "the declared ones of the definition": /\| What \| Why \| Until \| Owner \|/,
      },
    ],
    [
      strategy,
      "Deployment strategies",
      {
        "the reason": /it cannot run twice/,
        steps: /\| Steps \|/,
        forecast: /a forecast of which regression/,
      },
    ],
    [
      strategy,
      "Consistency and drift",
      {
        "last check per dimension": /processes/,
        coverage: /\| Checked \|/,
        "what was not checked": /\| Not checked \|/,
      },
    ],
    [
      strategy,
      "Reliability",
      {
        kills: /is killed/,
        "restart of the machine": /the machine restarts/,
        "full disk": /the disk is full/,
        "a lost database": /a database is lost/,
        incidents: /Incidents/,
        "last backup and last restore that was tried": /\| Last backup \| Size \| Last restore tried \|/,
      },
    ],
    [
      plan,
      "the plan as data",
      {
        ...fields("triggers stages tasks gates environments strategy rollback notifications schedules targets"),
        ...fields("measured dora leadTimeMs deploymentsPerWeek recoveryMs changeFailRate reworkRate"),
      },
    ],
    [
      configuration,
      "every key",
      {
        ...fields("keys schema default values reason isSecret source owner writtenIn mayChange lastChange usedBy"),
        ...fields("secretsFiles recipients signers changeControl audit"),
        "the commit of its last change": /git log -1/,
      },
    ],
  ];

function fields(names: string): Readonly<Record<string, RegExp>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, new RegExp(`"${name}":`)]));
}

test.each(parts)("%s, %s: has every part of what was asked for", async (document, section, asked) => {
  const text = renderDocuments(withEverything(await factsOf(shop))).get(document)!;
  const own = document.endsWith(".md") ? sectionOf(text, section) : text;
  const missing = Object.entries(asked).filter(([, sign]) => !sign.test(own));
  expect(missing.map(([part]) => part)).toEqual([]);
});

test("after a restart of the machine, what has secrets is deployed again, and what has none is started", async () => {
  const without = await factsOf(defineProject({ name: "open", pipeline: {} }));
  const survives = (facts: Facts) =>
    /\| the machine restarts \| (.*?) \|/.exec(renderDocuments(facts).get(strategy)!)?.[1];
  expect(survives(await factsOf(shop))).toContain("deploy again");
  expect(survives(without)).toBe("the next command starts what was deployed");
});

test("a value that was measured more or less often than its row says so", async () => {
  const facts = withEverything(await factsOf(shop));
  const tasks = facts.measured.tasks.map((one) => ({ ...one, hitRate: { value: 0.67, at: "2027-01-30", times: 3 } }));
  const text = renderDocuments({ ...facts, measured: { ...facts.measured, tasks } }).get(pipeline)!;
  expect(sectionOf(text, "Stages")).toMatch(
    /\| 67 % \(2027-01-30, 3 times\) \| 10 % \|.*measured: 2027-01-30, 7 times/,
  );
});

function sectionOf(markdown: string, title: string): string {
  const sections = markdown.split(/^## \d+ /m);
  return sections.find((one) => one.startsWith(`${title}\n`)) ?? "";
}
