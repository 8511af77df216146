import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { publishedSchemas } from "../../scripts/docs/schemas.ts";
import { because, canary, defineProject, differs, local, rolling, task } from "../../src/definition/builders.ts";
import { renderDocuments } from "../../src/documents/documents.ts";
import { parseFacts, printFacts } from "../../src/documents/facts/facts.ts";
import type { DocumentName } from "../../src/documents/names.ts";
import { everythingAsked } from "../../src/documents/rows.ts";
import { factsOf, withEverything } from "./facts.ts";
import { shop } from "./shop.ts";

const bare = defineProject({ name: "bare", pipeline: {} });
const kinds = [
  ["of a project of which nothing was measured", () => factsOf(shop)],
  ["with everything measured and observed", async () => withEverything(await factsOf(shop))],
  ["of a definition that has decided nothing", () => factsOf(bare)],
] as const;

const pipeline: DocumentName = "DevOps_Pipeline_Specifications.md";
const strategy: DocumentName = "Environment_Management_Strategy.md";
const plan: DocumentName = "CICD_Automation_Plan.json";
const configuration: DocumentName = "Configuration_Management_Plan.json";

/**
 * What the project was asked to document, in our words, and a sign of the answer in the document that is to give it: a
 * heading of Markdown, a field of JSON.
 */
const asked: readonly (readonly [what: string, document: DocumentName, sign: string])[] = [
  ["which tools, and why", pipeline, "Tools"],
  ["which stages", pipeline, "Stages"],
  ["how it is built", pipeline, "Build"],
  ["how it is tested", pipeline, "Tests"],
  ["how it is deployed", pipeline, "Deployment"],
  ["what is configured for each environment", pipeline, "Configuration"],
  ["how it is rolled back", pipeline, "Rollback"],
  ["how soon a failure is known", pipeline, "Feedback"],
  ["what must hold", pipeline, "Quality gates"],
  ["what may go wrong", pipeline, "Risks"],
  ["what to make better", pipeline, "Refinements"],
  [
    "the plan as data",
    plan,
    "triggers stages tasks environments rollback notifications schedules targets measured dora",
  ],
  ["which environments, made how", strategy, "Environments"],
  ["how secrets are kept", strategy, "Secrets"],
  ["configuration as code", strategy, "Configuration as code"],
  ["parity", strategy, "Parity"],
  ["how releases come in", strategy, "Deployment strategies"],
  ["drift", strategy, "Consistency and drift"],
  ["what survives what", strategy, "Reliability"],
  ["every key and who may change it", configuration, "keys secretsFiles signers changeControl audit"],
];

describe.each(kinds)("the documents %s", (_, facts) => {
  test("answer everything that was asked for, or say what is not built yet", async () => {
    const documents = renderDocuments(await facts());
    const missing = asked.filter(([, document, sign]) => !has(documents.get(document)!, document, sign));
    expect(missing).toEqual([]);
    expect(everythingAsked).toHaveLength(asked.length);
    const said = [...documents.values()].join("\n");
    for (const { notYet = [] } of everythingAsked) for (const what of notYet) expect(said).toContain(what);
  });

  test("promise 23: say of every statement which of the four kinds it is", async () => {
    const documents = renderDocuments(await facts());
    for (const name of [pipeline, strategy] as const) {
      const unmarked = rowsOf(documents.get(name)!).filter(
        (cells) => !/^(declared|measured|observed|written)\b/.test(cells.at(-1)!),
      );
      expect(unmarked, name).toEqual([]);
    }
    for (const name of [plan, configuration] as const)
      expect(unmarkedIn(JSON.parse(documents.get(name)!)), name).toEqual([]);
  });

  test("have tables whose rows are all as wide as their head", async () => {
    const documents = renderDocuments(await facts());
    for (const name of [pipeline, strategy] as const)
      expect(
        widthsOf(documents.get(name)!).filter((widths) => widths.size > 1),
        name,
      ).toEqual([]);
  });

  test("are valid by the schemas that are published", async () => {
    const found = await facts();
    const documents = renderDocuments(found);
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    for (const text of publishedSchemas().values()) ajv.addSchema(JSON.parse(text));
    for (const text of [printFacts(found), documents.get(plan)!, documents.get(configuration)!]) {
      const document = JSON.parse(text);
      ajv.validate(document.$schema, document);
      expect(ajv.errors ?? []).toEqual([]);
    }
  });

  test("are made again from the facts that stand beside them, to the byte", async () => {
    const found = await facts();
    const read = parseFacts(printFacts(found));
    expect(read.ok && renderDocuments(read.value)).toEqual(renderDocuments(found));
  });

  test("are the same bytes whatever the order of fields, the time zone and the language of the machine", async () => {
    const found = await facts();
    const before = [...renderDocuments(found)];
    const { TZ, LANG, LC_ALL } = process.env;
    try {
      Object.assign(process.env, { TZ: "Pacific/Kiritimati", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" });
      const read = parseFacts(JSON.stringify(reversed(found)));
      expect(read.ok && [...renderDocuments(read.value)]).toEqual(before);
      expect(read.ok && printFacts(read.value)).toBe(printFacts(found));
    } finally {
      for (const [name, value] of Object.entries({ TZ, LANG, LC_ALL }))
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });
});

test("the schemas in docs/schemas/ are those of the code", () => {
  for (const [name, text] of publishedSchemas())
    expect(readFileSync(join(import.meta.dirname, "../../docs/schemas", name), "utf8"), name).toBe(text);
});

test("the risks of a project are found by rule, each with what mends it", async () => {
  const { risks } = JSON.parse(renderDocuments(withEverything(await factsOf(shop))).get(plan)!) as {
    readonly risks: readonly { readonly rule: string; readonly mend: string }[];
  };
  expect([...new Set(risks.map(({ rule }) => rule))].sort()).toEqual(
    [
      "backupFailed",
      "drifted",
      "expiredException",
      "expiredQuarantine",
      "flakyGate",
      "irreversibleMigration",
      "neverRolledBack",
      "noBackup",
      "noHealth",
      "objectiveMissed",
      "oldSecrets",
      "parityViolated",
      "restoreNeverTried",
      "secretNotRenewed",
      "unsignedSecrets",
      "unwell",
    ].sort(),
  );
  expect(risks.filter(({ mend }) => mend === "")).toEqual([]);
});

test("what a definition has not decided is a risk, and said in the tables", async () => {
  const documents = renderDocuments(await factsOf(bare));
  expect(documents.get(pipeline)).toContain("No stages are defined: the pipeline has no tasks.");
  expect(documents.get(strategy)).toContain("No environments are defined yet.");
  expect(documents.get(pipeline)).toContain("it is undecided where releases go");
});

test.each([
  [canary(), "1 %"],
  [canary({ analysis: { alpha: 0.025 } }), "2.5 %"],
])("promise 14: a canary says how often it takes out a release that is no worse", async (strategyOf, rate) => {
  const environments = { staging: { driver: local(), strategy: strategyOf } };
  const documents = renderDocuments(await factsOf(defineProject({ name: "shop", pipeline: {}, environments })));
  expect(documents.get(strategy)).toContain(
    `a release that is no worse is taken out in at most ${rate} of the rollouts`,
  );
  expect(JSON.parse(documents.get("CICD_Automation_Plan.json")!).environments[0].strategy.alpha).toBe(
    Number.parseFloat(rate) / 100,
  );
});

test("nothing that somebody named or wrote can leave its cell, or become Markdown, HTML or Mermaid", async () => {
  const hostile = 'a | b " ] --> ` c\n## d <img src=x onerror=1> [e](http://f) **g** \u202e end\n```';
  const nasty = task({ run: ["npm", hostile], inputs: [hostile], outputs: [`${hostile}/`], stage: hostile });
  const facts = await factsOf(
    defineProject({
      name: "nasty",
      pipeline: { nasty: because(nasty, hostile) },
      config: { KEY: differs(z.string(), hostile, { owner: hostile }) },
      environments: {
        staging: { purpose: hostile, driver: local(), strategy: because(rolling(), hostile), config: { KEY: hostile } },
      },
    }),
  );
  for (const name of [pipeline, strategy] as const) {
    const text = renderDocuments(facts).get(name)!;
    const allowed =
      /^$|^\||^#{1,2} (\d+ )?[A-Z]|^<!-- \/?written: [a-z-]+ -->$|^\d+\. \[|^```(mermaid)?$|^flowchart LR$|^ +(subgraph g\d+ \["[^"<>`]*"\]|n\d+\["[^"<>`]*"\]|n\d+ --> n\d+|end)$|^- Not built|^[A-Z][^<|]*$|^(gives|on that|`written`)/;
    expect(
      text.split("\n").filter((line) => !allowed.test(line)),
      name,
    ).toEqual([]);
    for (const cells of rowsOf(text)) expect(cells.at(-1)).toMatch(/^(declared|measured|observed|written)\b/);
    expect(widthsOf(text).filter((widths) => widths.size > 1)).toEqual([]);
    expect(text).not.toMatch(/\p{Cf}/u);
    expect(outsideOfCode(text)).not.toMatch(/<img|(?<!\\)\*\*g|\u202e|(?<!\\)\[e\]/);
  }
});

function has(text: string, document: DocumentName, sign: string): boolean {
  if (document.endsWith(".md")) return new RegExp(`^## \\d+ ${sign}$`, "m").test(text);
  return sign.split(" ").every((field) => Object.hasOwn(JSON.parse(text), field));
}

/** The rows of all tables of a document, without heads. */
function rowsOf(markdown: string): string[][] {
  const lines = markdown.split("\n");
  return lines.flatMap((line, index) => {
    const isHead = /^\| ---/.test(lines[index + 1] ?? "");
    return line.startsWith("|") && !isHead && !/^\| ---/.test(line) ? [cellsOf(line)] : [];
  });
}

/** Of each table: how many cells its rows have. */
function widthsOf(markdown: string): ReadonlySet<number>[] {
  const tables = [...markdown.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trim().split("\n"));
  return tables.map((lines) => new Set(lines.map((line) => cellsOf(line).length)));
}

/** As GitHub reads a row: at each pipe that no backslash stands before. */
function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\|/, "")
    .replace(/\|$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function outsideOfCode(markdown: string): string {
  return markdown.replaceAll(/(`+)[^\n]*?\1/g, "");
}

/** Places in a plan of objects in lists that have no source; lists of words are of the statement around them. */
function unmarkedIn(value: unknown, path = "", isMarked = false): string[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => unmarkedIn(one, `${path}.${index}`, isMarked));
  if (typeof value !== "object" || value === null) return [];
  const own = isMarked || Object.hasOwn(value, "source");
  const isItem = /\.\d+$/.test(path);
  const inside = Object.entries(value).flatMap(([key, one]) =>
    unmarkedIn(one, path === "" ? key : `${path}.${key}`, own),
  );
  return isItem && !own ? [path, ...inside] : inside;
}

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, one]) => [key, reversed(one)]),
  );
}
