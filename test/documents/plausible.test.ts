import { expect, test } from "vitest";
import { defineProject, local, rolling, task } from "../../src/definition/builders.ts";
import { renderDocuments } from "../../src/documents/documents.ts";
import { parseFacts, printFacts } from "../../src/documents/facts/facts.ts";
import { duration, size } from "../../src/documents/render/words.ts";
import { factsOf, withEverything } from "./facts.ts";

const project = defineProject({
  name: "small",
  pipeline: { build: task({ run: "make" }) },
  environments: { production: { driver: local(), strategy: rolling() } },
});

test("percentiles of different days, as facts of before have them, are not shown: the two say nothing", async () => {
  const facts = withEverything(await factsOf(project));
  const [build] = facts.measured.tasks;
  const tasks = [{ ...build!, median: { ...build!.median!, value: 380 }, p90: { ...build!.p90!, value: 280 } }];
  const read = parseFacts(JSON.stringify({ ...facts, measured: { ...facts.measured, tasks } }));
  expect(read.ok && Object.keys(read.value.measured.tasks[0]!)).not.toContain("p90");
  expect(read.ok && Object.keys(read.value.measured.tasks[0]!)).not.toContain("median");
});

test("previews are no part of the documents: facts of before that have one are read without what it was", async () => {
  const facts = withEverything(await factsOf(project));
  const [first] = facts.observed.environments;
  const preview = { ...first!, name: "feature-x", endsAt: "2027-02-02", from: "production" };
  const observed = { ...facts.observed, environments: [first!, preview] };
  const read = parseFacts(JSON.stringify({ ...JSON.parse(printFacts(facts)), observed }));
  expect(read.ok && JSON.stringify(read.value)).not.toContain("endsAt");
  expect(read.ok && [...renderDocuments(read.value).values()].join("")).not.toContain("feature-x");
});

test.each([
  [999.6, "1 s"],
  [94, "94 ms"],
  [59_900, "1 min"],
  [3_500, "3.5 s"],
  [995, "1 s"],
  [86_400_000, "1 d"],
  [2 * 86_400_000, "2 d"],
])("%s milliseconds are %s", (milliseconds, shown) => {
  expect(duration(milliseconds)).toBe(shown);
});

test.each([
  [45_000_000, "45 MB"],
  [6_600_000, "6.6 MB"],
  [999_600, "1 MB"],
  [512, "510 B"],
  [0, "0 B"],
])("%s bytes are %s", (bytes, shown) => {
  expect(size(bytes)).toBe(shown);
});
