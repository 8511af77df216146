import { dirname, relative } from "node:path";
import { generatedPart, renderDocuments } from "../../documents/documents.ts";
import { type Facts, parseFacts, printFacts } from "../../documents/facts/facts.ts";
import { continueHistory } from "../../documents/measure/history.ts";
import { type Moved, movedSince } from "../../documents/measure/settle.ts";
import { documentNames, factsName } from "../../documents/names.ts";
import type { Difference, Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { type OpenProject, openProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { withSession } from "../session.ts";
import { gatherDeclared } from "./gather/gather.ts";
import { gatherMeasured } from "./gather/measured.ts";
import { type DocumentPlaces, editsIn, undecidedIn } from "./write.ts";

export interface CheckRequest {
  readonly places: DocumentPlaces;
  /** Also a measurement out of its band fails. */
  readonly strict: boolean;
}

export interface DocumentsCheck {
  /** Measurements that are no longer in the band of what is written: told, and no failure. */
  readonly moved: readonly Moved[];
}

/**
 * Whether the documents still say what the definition says: in any clone, without a state. Fails with `documents-stale`,
 * `documents-edited`, `documents-undecided` or `documents-invalid`.
 */
export function checkDocuments(ports: Ports, request: CheckRequest): Promise<Result<DocumentsCheck>> {
  return guardDisk(async () => {
    const opened = await openProject(ports);
    if (!opened.ok) return opened;
    const content = readTextIfThere(request.places[factsName]);
    if (content === undefined) return failed(missing(opened.value, request, factsName));
    const facts = parseFacts(content);
    if (!facts.ok) return facts;
    const now = await gatherDeclared(opened.value);
    const failures = [
      ...shapeFailures(opened.value, request, content, facts.value),
      ...failuresOf(opened.value, request, facts.value, now),
    ];
    return failures.length > 0 ? failed(...failures) : ok({ moved: await movedHere(ports, facts.value) });
  });
}

/** Where a state is at hand, what was measured since is held against what is written. Where none is, nothing is said. */
async function movedHere(ports: Ports, facts: Facts): Promise<readonly Moved[]> {
  const moved = await withSession(ports, "look", async (session) => {
    const measured = await gatherMeasured(session, facts.declared);
    return ok(movedSince(facts.measured, continueHistory(facts, { ...facts, measured }).facts.measured));
  });
  return moved.ok ? moved.value : [];
}

/** Facts of which this version would have written something else: what it cannot stand for it leaves out when it reads them. */
function shapeFailures(project: OpenProject, request: CheckRequest, content: string, facts: Facts): Failure[] {
  const found = differences(JSON.parse(content.replace(/^\uFEFF/, "")), JSON.parse(printFacts(facts)));
  if (found.length === 0) return [];
  const message = `${factsName} contains something that this version of Tidegate would not have written`;
  return [stale(message, found, `Write it again: ${commandOf(project, request)}`)];
}

function failuresOf(project: OpenProject, request: CheckRequest, facts: Facts, now: Facts["declared"]): Failure[] {
  const differing = differences(facts.declared, now);
  const command = commandOf(project, request);
  if (differing.length > 0) {
    const message = "The documents no longer say what the definition says";
    return [stale(message, differing, `Write them again: ${command}`)];
  }
  const undecided = undecidedIn(facts);
  const rendered = [...renderDocuments(facts)];
  const present = new Map(
    rendered.flatMap(([name]) => {
      const content = readTextIfThere(request.places[name]);
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
  const edited = editsIn(request.places, present, facts);
  return [
    ...rendered.flatMap(([name]) => (present.has(name) ? [] : [missing(project, request, name)])),
    ...edited,
    // Who has edited them is told that first.
    ...rendered.flatMap(([name, now]) => {
      const content = present.get(name);
      const isAsNow = content === undefined || generatedPart(name, content) === generatedPart(name, now);
      return isAsNow || edited.length > 0 ? [] : [outdated(name, command)];
    }),
    ...(undecided.length === 0 ? [] : [undecidedFailure(undecided)]),
  ];
}

/** What `docs` fails with after it has written documents that say what is undecided. */
export function undecidedFailure(undecided: readonly string[]): Failure {
  return {
    code: "documents-undecided",
    message: `The definition has no ${undecided.join(" and no ")} yet: the documents say what is undecided`,
    hint: "Add them to tidegate.config.ts, then: tidegate docs",
  };
}

const shownMost = 20;

/** People are shown the first of them, programs get all. */
function stale(message: string, differences: readonly Difference[], hint: string): Failure {
  const lines = differences.slice(0, shownMost).map(differenceWords);
  const more = differences.length - lines.length;
  const cause = [...lines, ...(more === 0 ? [] : [`and ${more} more`])].join("\n");
  return { code: "documents-stale", message, cause, differences, hint };
}

/** As a line: `tasks.test.run: "npm test" → "vitest"`. */
function differenceWords(difference: Difference): string {
  const { key, before, after } = difference;
  const isOrder = before === undefined && after === undefined;
  return isOrder ? `${key}: in another order` : `${key}: ${shown(before)} → ${shown(after)}`;
}

/** Each key that is otherwise; one that has neither a value before nor after is in another order. */
function differences(before: unknown, after: unknown, key = ""): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isTree(before) || !isTree(after))
    return [{ key, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  const [a, b] = [entriesOf(before), entriesOf(after)];
  const all = [...new Set([...a.keys(), ...b.keys()])].flatMap((name) =>
    differences(a.get(name), b.get(name), key === "" ? name : `${key}.${name}`),
  );
  return all.length === 0 ? [{ key }] : all;
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What stands in a list is known by its name, so that one that came in front moves nothing. */
function entriesOf(tree: object): Map<string, unknown> {
  if (!Array.isArray(tree)) return new Map(Object.entries(tree));
  return new Map(
    tree.map((value: { readonly name?: unknown } | undefined, index) => [String(value?.name ?? index), value]),
  );
}

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function commandOf({ folder }: OpenProject, { places }: CheckRequest): string {
  return `tidegate docs --out ${relative(folder, dirname(places[documentNames[0]])) || "."}`;
}

function missing(project: OpenProject, request: CheckRequest, name: string): Failure {
  const hint = `Write the documents: ${commandOf(project, request)}`;
  return { code: "documents-stale", message: `${name} is not there`, hint };
}

function outdated(name: string, command: string): Failure {
  const message = `${name} is not what this version of Tidegate makes of its facts`;
  return { code: "documents-stale", message, hint: `Write it again: ${command}` };
}
