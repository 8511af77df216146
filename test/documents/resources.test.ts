import { expect, test } from "vitest";
import { defineProject, folder, local, rolling, terraform } from "../../src/definition/builders.ts";
import { renderDocuments } from "../../src/documents/documents.ts";
import { risksOf } from "../../src/documents/risks.ts";
import { factsOf } from "./facts.ts";

const environments = { staging: { driver: local(), strategy: rolling() } };
const strategy = "Environment_Management_Strategy.md";

test("a resource that keeps nothing is told as that: it has no backups, and their lack is no risk", async () => {
  const project = defineProject({
    name: "shop",
    pipeline: {},
    resources: { infra: terraform({ dir: "infra" }) },
    environments,
  });
  const facts = await factsOf(project);
  const document = renderDocuments(facts).get(strategy);
  expect(document).toContain("| `infra` | `staging` | terraform | none | none: it keeps nothing that could be saved |");
  expect(document).toContain("| nothing to restore: no resource keeps data |");
  expect(risksOf(facts).map(({ rule }) => rule)).not.toContain("noBackup");
});

test("what a resource's definition leaves out is told as it is taken when the resource is made", async () => {
  const project = defineProject({ name: "shop", pipeline: {}, resources: { uploads: folder() }, environments });
  const facts = await factsOf(project);
  expect(renderDocuments(facts).get(strategy)).toContain(
    "before migrations; kept are the newest 5, and all of the last 7 d",
  );
  expect(risksOf(facts).map(({ rule }) => rule)).toContain("noBackup");
});
