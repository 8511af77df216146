import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { factsName } from "../../documents/names.ts";
import { recordDna, recordStep, type TaskEnd } from "../../documents/task/record.ts";
import { parseTaskFile, type TaskFile, tick } from "../../documents/task/task-file.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Session } from "../session.ts";
import { taskReadiness } from "./task-gaps.ts";
import { type DocumentPlaces, prepareDocuments, type WrittenDocuments } from "./write.ts";
import { type Prepared, type Watch, whileWriting } from "./writing.ts";

export interface TaskRequest {
  /** The task file; relative to where the call was made. */
  readonly file: string;
  /** The state files; default: those in `03_Brain` beside or above the task file. */
  readonly step?: string;
  readonly dna?: string;
  readonly status: "succeeded" | "failed";
  readonly force: boolean;
}

export interface RecordedTask {
  readonly task: string;
  readonly status: TaskEnd["status"];
  /** What was written, relative to the project; what was as it should be is not in there. */
  readonly files: readonly string[];
  /** What of the project's readiness could not be looked at, in sentences. Never of secrets: without them nothing is recorded. */
  readonly notChecked: readonly string[];
  /** See `WrittenDocuments`. */
  readonly kept: WrittenDocuments["kept"];
}

/**
 * Does a task that asks for the four documents: writes them where its checklist says, ticks it, and records it in the two state
 * files; all of it or nothing, whatever is killed when, and one call at a time. Fails with `task-not-ready` and everything that is
 * missing or cannot be known, and with what the single steps fail with; nothing is changed then.
 */
export function recordTask(session: Session, request: TaskRequest): Promise<Result<RecordedTask>> {
  return whileWriting(session, async (watch): Promise<Result<Prepared<RecordedTask>>> => {
    const read = readTask(session, request, watch);
    if (!read.ok) return read;
    const { task, path, text } = read.value;
    const states = stateFiles(session, request, path, watch);
    if (!states.ok) return states;
    const places = placesOf(session.folder, task);
    if (!places.ok) return places;
    const status = request.status === "succeeded" ? "SUCCEEDED" : "FAILED";
    const end: TaskEnd = { status, at: new Date(session.ports.now()).toISOString() };
    const documents =
      status === "FAILED" ? ok(noDocuments) : await documentsOf(session, { ...request, places: places.value }, watch);
    if (!documents.ok) return documents;
    const recorded = recordIn(states.value, task, end, relative(session.folder, path).split(sep).join("/"));
    if (!recorded.ok) return recorded;
    const { files: written, value } = documents.value;
    const isThere = (path: string) => written.has(path) || watch.read(path) !== undefined;
    const produced = task.wanted.filter(({ name }) => isThere(places.value[name]));
    const all = new Map([...written, [path, tick(text, produced, task.wanted)], ...recorded.value]);
    const files = new Map([...all].filter(([file, content]) => watch.text(file) !== content));
    const changed = [...files.keys()].map((file) => relative(session.folder, file));
    return ok({ files, value: { task: task.id, status, files: changed, ...value } });
  });
}

type Documents = Prepared<Pick<RecordedTask, "notChecked" | "kept">>;

const noDocuments: Documents = { files: new Map(), value: { notChecked: [], kept: [] } };

/** Only of a definition that has all that the task is about. */
async function documentsOf(
  session: Session,
  request: { readonly places: DocumentPlaces; readonly force: boolean },
  watch: Watch,
): Promise<Result<Documents>> {
  const readiness = await taskReadiness(session);
  if (!readiness.ok) return readiness;
  const { gaps, notChecked } = readiness.value;
  if (gaps.length > 0) return failed(notReady(gaps));
  const prepared = await prepareDocuments(session, request, watch);
  if (!prepared.ok) return prepared;
  const { files, value } = prepared.value;
  return ok({ files, value: { notChecked, kept: value.kept } });
}

function readTask(
  { folder, ports }: Session,
  { file }: TaskRequest,
  watch: Watch,
): Result<{ readonly task: TaskFile; readonly path: string; readonly text: string }> {
  const named = resolve(ports.cwd, file);
  if (!isWithin(folder, named)) return failed(outside(file));
  const path = behindLinks(folder, named);
  const text = readText(path, watch);
  if (text === undefined) return failed(notThere(file, "task-file-invalid"));
  const task = parseTaskFile(text, file);
  return task.ok ? ok({ task: task.value, path, text }) : task;
}

interface StateFile {
  readonly path: string;
  /** As it was named or found, for messages. */
  readonly shown: string;
  readonly text: string;
}

interface StateFiles {
  readonly step: StateFile;
  readonly dna: StateFile;
}

function stateFiles(session: Session, request: TaskRequest, taskPath: string, watch: Watch): Result<StateFiles> {
  const step = stateFile(session, request.step, join("03_Brain", "Step.json"), taskPath, watch);
  const dna = stateFile(session, request.dna, join("03_Brain", "DNA.json"), taskPath, watch);
  if (step.ok && dna.ok) return ok({ step: step.value, dna: dna.value });
  return failed(...(step.ok ? [] : step.failures), ...(dna.ok ? [] : dna.failures));
}

function stateFile(
  { folder, ports }: Session,
  named: string | undefined,
  usual: string,
  taskPath: string,
  watch: Watch,
): Result<StateFile> {
  const found = named === undefined ? findAbove(folder, taskPath, usual) : resolve(ports.cwd, named);
  if (found === undefined) return failed(notThere(usual, "task-state-invalid"));
  const shown = relative(folder, found);
  if (!isWithin(folder, found)) return failed(outside(shown));
  const path = behindLinks(folder, found);
  const text = readText(path, watch);
  return text === undefined ? failed(notThere(shown, "task-state-invalid")) : ok({ path, shown, text });
}

/** Beside the task file or in a folder above it, up to the project's. */
function findAbove(root: string, from: string, name: string): string | undefined {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const candidate = join(folder, name);
    if (existsSync(candidate)) return candidate;
    if (folder === root || folder === dirname(folder)) return undefined;
  }
}

function recordIn(
  { step, dna }: StateFiles,
  task: TaskFile,
  end: TaskEnd,
  file: string,
): Result<ReadonlyMap<string, string>> {
  const inStep = recordStep(step.text, task, end, step.shown);
  const inDna = recordDna(dna.text, task, end, file, dna.shown);
  if (inStep.ok && inDna.ok)
    return ok(
      new Map([
        [step.path, inStep.value],
        [dna.path, inDna.value],
      ]),
    );
  return failed(...(inStep.ok ? [] : inStep.failures), ...(inDna.ok ? [] : inDna.failures));
}

/** Where the checklist wants the documents; the facts stand beside the first. */
function placesOf(folder: string, { wanted }: TaskFile): Result<DocumentPlaces> {
  const places = wanted.map(({ name, path }) => [name, join(folder, path)] as const);
  const leading = places.filter(([, path]) => !isWithin(folder, path));
  if (leading.length > 0) return failed(...leading.map(([, path]) => outside(relative(folder, path))));
  const facts = join(dirname(places[0]![1]), factsName);
  return ok({ ...Object.fromEntries(places), [factsName]: facts } as DocumentPlaces);
}

/** Whether a path stays in the folder, links included: what is there of it is looked at. */
function isWithin(folder: string, path: string): boolean {
  let there = path;
  while (!existsSync(there) && there !== dirname(there)) there = dirname(there);
  const way = relative(realpathSync(folder), realpathSync(there));
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** Where a file is itself: what is written in the place of a link would leave what it leads to as it was. */
function behindLinks(folder: string, path: string): string {
  return existsSync(path) ? join(folder, relative(realpathSync(folder), realpathSync(path))) : path;
}

/** `undefined`: it is not there. Bytes that are no UTF-8 would be lost: such a file is as good as none. */
function readText(path: string, watch: Watch): string | undefined {
  const bytes = watch.read(path);
  const text = bytes?.toString("utf8");
  return text !== undefined && Buffer.from(text).equals(bytes!) ? text : undefined;
}

function notThere(shown: string, code: "task-file-invalid" | "task-state-invalid"): Failure {
  const what = code === "task-file-invalid" ? "task file" : "state file of tasks";
  const hint =
    code === "task-file-invalid"
      ? "Name the file: tidegate docs --task FILE.md"
      : "Tidegate looks in 03_Brain beside the task file and in the folders above it. To name others: --step Step.json --dna DNA.json";
  return { code, message: `There is no ${what} ${shown}, or it is not UTF-8 text`, hint };
}

function outside(shown: string): Failure {
  const message = `${shown} leads outside the project`;
  return { code: "path-outside-project", message, hint: "Move it into the project; links are followed." };
}

function notReady(gaps: readonly string[]): Failure {
  return {
    code: "task-not-ready",
    message: "The task is not done: nothing was changed",
    cause: gaps.join("\n"),
    hint: "Fix these, then run the command again. To record that the task failed: --status failed",
  };
}
