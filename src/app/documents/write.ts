import { join, relative } from "node:path";
import { digestOfDocument, keepWritten, renderDocuments } from "../../documents/documents.ts";
import { firstEdit } from "../../documents/edits.ts";
import { type Facts, parseFacts, printFacts } from "../../documents/facts/facts.ts";
import { continueHistory, type KeptHistory } from "../../documents/measure/history.ts";
import type { MeasuredFigure, Moved } from "../../documents/measure/settle.ts";
import { type DocumentName, documentNames, factsName } from "../../documents/names.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { UncheckedSecret } from "../../events/event.ts";
import type { Finding } from "../../secrets/scan/finding.ts";
import { leakCheck } from "../secrets/leak-check.ts";
import type { Session } from "../session.ts";
import { gatherFacts } from "./gather/gather.ts";
import { type Prepared, type Watch, whileWriting } from "./writing.ts";

export type { KeptHistory, MeasuredFigure, Moved };

/** Where each document is, and the facts beside them; absolute. */
export type DocumentPlaces = Readonly<Record<DocumentName | typeof factsName, string>>;

/** All of them in one folder. */
export function placesIn(folder: string): DocumentPlaces {
  const names = [...documentNames, factsName] as const;
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as DocumentPlaces;
}

export interface WriteRequest {
  readonly places: DocumentPlaces;
  /** Overwrites also what was edited by hand outside of its places. */
  readonly force: boolean;
}

/** What there is to say of documents that were written. */
export interface WrittenDocuments {
  /** What the definition has not decided: `services`, `environments`. */
  readonly undecided: readonly string[];
  /** What stayed of a longer history than is known here. */
  readonly kept: readonly KeptHistory[];
  /** Secrets that the documents could not be searched for, because their values cannot be read here. */
  readonly unsearched: readonly UncheckedSecret[];
}

/**
 * The documents as they are to be, without touching anything. Fails with `documents-edited` when a generated part was edited
 * by hand or the facts beside them are gone, with `documents-invalid` when those cannot be read; `force` overrides both. With
 * `secret-leaked` when a document would contain the value of a secret that can be read here, in whatever encoding, and with
 * `state-outdated` when the state is not whole; nothing overrides those.
 */
export async function prepareDocuments(
  session: Session,
  request: WriteRequest,
  watch: Watch,
): Promise<Result<Prepared<WrittenDocuments>>> {
  if (session.outdated !== undefined) return failed(session.outdated);
  const { places } = request;
  const present = presentAt(places, watch);
  const before = readFacts(session, request, present, watch);
  if (!before.ok) return before;
  const edited = request.force ? [] : editsIn(places, present, before.value);
  if (edited.length > 0) return failed(...edited);
  const gathered = await gatherFacts(session);
  if (!gathered.ok) return gathered;
  const { facts, kept } = continueHistory(before.value, gathered.value);
  const files = filesOf(facts, places, present);
  const { leaks, unsearched } = await searchFor(session, files);
  return leaks.length > 0
    ? failed(...leaks)
    : ok({ files, value: { undecided: undecidedIn(facts), kept, unsearched } });
}

/** Writes the documents and the facts beside them, all or none, whatever is killed when. The paths of all five come back. */
export function writeDocuments(
  session: Session,
  request: WriteRequest,
): Promise<Result<WrittenDocuments & { readonly paths: readonly string[] }>> {
  return whileWriting(session, async (watch) => {
    const prepared = await prepareDocuments(session, request, watch);
    if (!prepared.ok) return prepared;
    const { files, value } = prepared.value;
    return ok({ files, value: { ...value, paths: [...files.keys()] } });
  });
}

/** What the definition must say before the documents can say how it is shipped. */
export function undecidedIn({ declared: { services, environments } }: Pick<Facts, "declared">): string[] {
  return [...(services.length === 0 ? ["services"] : []), ...(environments.length === 0 ? ["environments"] : [])];
}

/** The documents that are there, as they are. */
type Present = ReadonlyMap<DocumentName, string>;

function presentAt(places: DocumentPlaces, watch: Pick<Watch, "text">): Present {
  return new Map(
    documentNames.flatMap((name) => {
      const content = watch.text(places[name]);
      return content === undefined ? [] : [[name, content] as const];
    }),
  );
}

function filesOf(facts: Facts, places: DocumentPlaces, present: Present): ReadonlyMap<string, string> {
  const rendered = [...renderDocuments(facts)];
  const written = Object.fromEntries(rendered.map(([name, content]) => [name, digestOfDocument(name, content)]));
  return new Map([
    ...rendered.map(([name, content]) => [places[name], keepWritten(name, content, present.get(name))] as const),
    [places[factsName], printFacts({ ...facts, written })] as const,
  ]);
}

/** A secret in a command, in a reason, or in what a person wrote. */
async function searchFor(
  session: Session,
  files: ReadonlyMap<string, string>,
): Promise<{ readonly leaks: readonly Failure[]; readonly unsearched: readonly UncheckedSecret[] }> {
  const { scanner, unchecked } = await leakCheck(session);
  const unsearched = unchecked.filter(({ because }) => because === "unreadable");
  if (scanner.secrets.length === 0) return { leaks: [], unsearched };
  const leaks = [...files].flatMap(([path, content]) => {
    const reader = scanner.read({ where: "tree", path: relative(session.folder, path) });
    reader.push(Buffer.from(content, "utf8"));
    return reader.end().map(leaked);
  });
  return { leaks, unsearched };
}

function leaked({ path, line, key, environment }: Finding): Failure {
  return {
    code: "secret-leaked",
    message: `${path}:${line} would contain the secret ${key} of ${environment}`,
    cause: "Nothing was written.",
    hint: "Remove it from the definition, or from what was written by hand, and give the secret another value.",
  };
}

function readFacts(
  { ports }: Session,
  { places, force }: WriteRequest,
  present: Present,
  watch: Watch,
): Result<Facts | undefined> {
  const content = watch.text(places[factsName]);
  const parsed = content === undefined ? ok(undefined) : parseFacts(content);
  if (force) return parsed.ok ? parsed : ok(undefined);
  const hint = backFromGit(relative(ports.cwd, places[factsName]), present);
  if (!parsed.ok) return failed(...parsed.failures.map((failure) => ({ ...failure, hint })));
  if (content !== undefined || present.size === 0) return parsed;
  return failed({
    code: "documents-edited",
    message: `There is no ${factsName} beside ${[...present.keys()].join(", ")}, so there is no telling what was edited by hand`,
    hint,
  });
}

function backFromGit(path: string, present: Present): string {
  const names = [...present.keys()];
  const lost = [
    ...(names.length === 0 ? [] : [`edits outside the marks in ${names.join(", ")}`]),
    "what was measured elsewhere",
  ];
  return `Restore it: git checkout -- ${shellWord(path)}. Or start over with --force, which discards ${lost.join(" and ")}.`;
}

/** What was edited by hand in documents that are there: of each the first place. */
export function editsIn(places: DocumentPlaces, present: Present, facts: Facts | undefined): Failure[] {
  if (facts === undefined) return [];
  const rendered = renderDocuments(facts);
  return [...present].flatMap(([name, content]) => {
    if (facts.written[name] === digestOfDocument(name, content)) return [];
    return [edited(name, places[name], content, rendered.get(name)!, facts)];
  });
}

function edited(name: DocumentName, file: string, content: string, rendered: string, facts: Facts): Failure {
  const hint = `Put what you wrote between the "written" comments (in JSON: under "notes"), or discard it: --force`;
  // Where another version rendered it, what this one makes of the facts says nothing of where it was edited.
  const isComparable = facts.written[name] === digestOfDocument(name, rendered);
  const edit = isComparable ? firstEdit(name, rendered, content) : undefined;
  const message = `A generated part of ${name} was edited by hand`;
  if (edit === undefined) return { code: "documents-edited", message, hint: `See where: git diff -- ${name}. ${hint}` };
  const { line, section, generated } = edit;
  return {
    code: "documents-edited",
    message: section === undefined ? message : `${message}, in ${JSON.stringify(section)}`,
    location: { file, line, column: 1 },
    cause: generated === undefined ? "Nothing had been generated there." : `Generated was: ${generated}`,
    hint,
  };
}
