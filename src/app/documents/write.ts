import { relative } from "node:path";
import { digestOfDocument, keepWritten, renderDocuments } from "../../documents/documents.ts";
import { type Facts, parseFacts, printFacts } from "../../documents/facts/facts.ts";
import { settle, settleCosts } from "../../documents/measure/settle.ts";
import { type DocumentName, documentNames, factsName } from "../../documents/names.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeTogether } from "../../files/write-together.ts";
import type { Finding } from "../../secrets/scan/finding.ts";
import { leakCheck } from "../secrets/leak-check.ts";
import type { Session } from "../session.ts";
import { gatherFacts } from "./gather/gather.ts";
import type { DocumentPlaces } from "./places.ts";
import { whileWriting } from "./writing.ts";

export interface WriteRequest {
  readonly places: DocumentPlaces;
  /** Overwrites also what was edited by hand outside of its places. */
  readonly force: boolean;
}

/** What is to be written, by absolute path. */
export interface PreparedDocuments {
  readonly files: ReadonlyMap<string, string>;
  readonly facts: Facts;
  /** What the definition has not decided: `services`, `environments`. */
  readonly undecided: readonly string[];
}

/**
 * The documents as they are to be, without touching anything. Fails with `documents-edited` when a generated part was edited
 * by hand, with `documents-invalid` when the facts beside them cannot be read; `force` overrides both. With `secret-leaked`
 * when a document would contain the value of a secret that can be read here, in whatever encoding; nothing overrides that.
 */
export function prepareDocuments(session: Session, request: WriteRequest): Promise<Result<PreparedDocuments>> {
  return guardDisk(async () => {
    const before = readFacts(request);
    if (!before.ok) return before;
    const present = new Map(documentNames.map((name) => [name, readTextIfThere(request.places[name])]));
    const edited = request.force
      ? []
      : documentNames.flatMap((name) => editedOf(name, present.get(name), before.value));
    if (edited.length > 0) return failed(...edited);
    const gathered = await gatherFacts(session);
    if (!gathered.ok) return gathered;
    const prepared = filesOf(settled(session, before.value, gathered.value), request.places, present);
    const leaks = await leaksIn(session, prepared.files);
    return leaks.length > 0 ? failed(...leaks) : ok(prepared);
  });
}

/** Writes the documents and the facts beside them, all or none, whatever is killed when. */
export function writeDocuments(session: Session, request: WriteRequest): Promise<Result<PreparedDocuments>> {
  return whileWriting(session, async () => {
    const prepared = await prepareDocuments(session, request);
    if (prepared.ok) writeTogether(session.checkoutFolder, prepared.value.files);
    return prepared;
  });
}

/**
 * The facts to write, by those that are written. In a clone that has no state, where they come from a place that has one, less
 * is known than there: what was measured and seen there stays, with its days.
 */
function settled({ isEmpty }: Session, before: Facts | undefined, now: Facts): Facts {
  if (before !== undefined && isEmpty && before.measured.environments.length > 0) {
    const { gathered, measured, observed } = before;
    return { ...now, gathered, measured, observed };
  }
  const measured = settle(before?.measured, now.measured);
  return { ...now, measured, observed: settleCosts(before?.observed, now.observed) };
}

/** What the definition must say before the documents can say how it is shipped. */
export function undecidedIn({ declared: { services, environments } }: Pick<Facts, "declared">): string[] {
  return [...(services.length === 0 ? ["services"] : []), ...(environments.length === 0 ? ["environments"] : [])];
}

function filesOf(
  facts: Facts,
  places: DocumentPlaces,
  present: ReadonlyMap<DocumentName, string | undefined>,
): PreparedDocuments {
  const rendered = [...renderDocuments(facts)];
  const written = Object.fromEntries(rendered.map(([name, content]) => [name, digestOfDocument(name, content)]));
  const complete = { ...facts, written };
  const files = new Map(
    rendered.map(([name, content]) => [places[name], keepWritten(name, content, present.get(name))]),
  );
  files.set(places[factsName], printFacts(complete));
  return { files, facts: complete, undecided: undecidedIn(facts) };
}

/** A secret in a command, in a reason, or in what a person wrote. */
async function leaksIn(session: Session, files: ReadonlyMap<string, string>): Promise<Failure[]> {
  const { scanner } = await leakCheck(session);
  if (scanner.secrets.length === 0) return [];
  return [...files].flatMap(([path, content]) => {
    const reader = scanner.read({ where: "tree", path: relative(session.folder, path) });
    reader.push(Buffer.from(content, "utf8"));
    return reader.end().map(leaked);
  });
}

function leaked({ path, line, key, environment }: Finding): Failure {
  return {
    code: "secret-leaked",
    message: `${path}:${line} would contain the secret ${key} of ${environment}`,
    cause: "Nothing was written.",
    hint: "Take it out of the definition, or out of what was written by hand, and give the secret another value.",
  };
}

function readFacts({ places, force }: WriteRequest): Result<Facts | undefined> {
  const content = readTextIfThere(places[factsName]);
  if (content === undefined) return ok(undefined);
  const parsed = parseFacts(content);
  return parsed.ok || !force ? parsed : ok(undefined);
}

/** A file that Tidegate did not write is as good as one that was edited. */
function editedOf(name: DocumentName, content: string | undefined, facts: Facts | undefined): Failure[] {
  if (content === undefined || facts?.written[name] === digestOfDocument(name, content)) return [];
  return [
    {
      code: "documents-edited",
      message: `${name} is not as it was generated: a part of it was edited by hand`,
      hint: 'Put what you wrote between the "written" comments (in JSON: under "notes"), or give it up: --force',
    },
  ];
}
