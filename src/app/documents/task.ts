import { existsSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { factsName } from "../../documents/names.ts";
import { recordDna, recordStep, type TaskEnd } from "../../documents/task/record.ts";
import { parseTaskFile, type TaskFile, tick } from "../../documents/task/task-file.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { readIfThere } from "../../files/read-if-there.ts";
import { writeTogether } from "../../files/write-together.ts";
import type { Session } from "../session.ts";
import type { DocumentPlaces } from "./places.ts";
import { taskGaps } from "./task-gaps.ts";
import { prepareDocuments, type WriteRequest } from "./write.ts";
import { whileWriting } from "./writing.ts";

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
}

/**
 * Does a task that asks for the four documents: writes them where its checklist says, ticks it, and records it in the two state
 * files; all of it or nothing, whatever is killed when, and one call at a time. Fails with `task-not-ready` and everything that is
 * missing, and with what the single steps fail with; nothing is changed then.
 */
export function recordTask(session: Session, request: TaskRequest): Promise<Result<RecordedTask>> {
  return whileWriting(session, async () => {
    const prepared = await prepareTask(session, request);
    if (!prepared.ok) return prepared;
    const { task, end, files } = prepared.value;
    writeTogether(session.checkoutFolder, files);
    const changed = [...files.keys()].map((path) => relative(session.folder, path));
    return ok({ task: task.id, status: end.status, files: changed });
  });
}

interface PreparedTask {
  readonly task: TaskFile;
  readonly end: TaskEnd;
  /** By absolute path; only those that are to change. */
  readonly files: ReadonlyMap<string, string>;
}

async function prepareTask(session: Session, request: TaskRequest): Promise<Result<PreparedTask>> {
  const read = readTask(session, request);
  if (!read.ok) return read;
  const { task, path, text } = read.value;
  const states = stateFiles(session, request, path);
  if (!states.ok) return states;
  const places = placesOf(session.folder, task);
  if (!places.ok) return places;
  const end: TaskEnd = {
    status: request.status === "succeeded" ? "SUCCEEDED" : "FAILED",
    at: new Date(session.ports.now()).toISOString(),
  };
  const documents =
    end.status === "FAILED"
      ? ok(new Map<string, string>())
      : await documentsOf(session, { places: places.value, force: request.force });
  if (!documents.ok) return documents;
  const recorded = recordIn(states.value, task, end, relative(session.folder, path).split(sep).join("/"));
  if (!recorded.ok) return recorded;
  const ticked: [string, string][] = end.status === "FAILED" ? [] : [[path, tick(text, task.wanted)]];
  const files = new Map([...documents.value, ...ticked, ...recorded.value]);
  for (const [file, content] of files) if (readText(file) === content) files.delete(file);
  return ok({ task, end, files });
}

/** Only of a definition that has all that the task is about. */
async function documentsOf(session: Session, request: WriteRequest): Promise<Result<ReadonlyMap<string, string>>> {
  const gaps = await taskGaps(session);
  if (!gaps.ok) return gaps;
  if (gaps.value.length > 0) return failed(notReady(gaps.value));
  const prepared = await prepareDocuments(session, request);
  return prepared.ok ? ok(prepared.value.files) : prepared;
}

function readTask(
  { folder, ports }: Session,
  { file }: TaskRequest,
): Result<{ readonly task: TaskFile; readonly path: string; readonly text: string }> {
  const path = resolve(ports.cwd, file);
  const text = readText(path);
  if (text === undefined) return failed(notThere(file, "task-file-invalid"));
  if (!isWithin(folder, path)) return failed(outside(file));
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

function stateFiles(session: Session, request: TaskRequest, taskPath: string): Result<StateFiles> {
  const step = stateFile(session, request.step, "Step.json", taskPath);
  const dna = stateFile(session, request.dna, "DNA.json", taskPath);
  if (step.ok && dna.ok) return ok({ step: step.value, dna: dna.value });
  return failed(...(step.ok ? [] : step.failures), ...(dna.ok ? [] : dna.failures));
}

function stateFile(
  { folder, ports }: Session,
  named: string | undefined,
  name: string,
  taskPath: string,
): Result<StateFile> {
  const path = named === undefined ? findAbove(folder, taskPath, join("03_Brain", name)) : resolve(ports.cwd, named);
  const text = path === undefined ? undefined : readText(path);
  if (path === undefined || text === undefined) return failed(notThere(named ?? name, "task-state-invalid"));
  const shown = relative(folder, path);
  return isWithin(folder, path) ? ok({ path, shown, text }) : failed(outside(shown));
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

/** `undefined`: it is not there. Bytes that are no UTF-8 would be lost: such a file is as good as none. */
function readText(path: string): string | undefined {
  const bytes = readIfThere(path, { forgive: ["ENOENT", "ENOTDIR", "EISDIR"] });
  const text = bytes?.toString("utf8");
  return text !== undefined && Buffer.from(text).equals(bytes!) ? text : undefined;
}

function notThere(shown: string, code: "task-file-invalid" | "task-state-invalid"): Failure {
  const what = code === "task-file-invalid" ? "task file" : "state file of tasks";
  const hint =
    code === "task-file-invalid"
      ? "Name the file: tidegate docs --task FILE.md"
      : "It is looked for in 03_Brain beside the task file and above; elsewhere: --step Step.json --dna DNA.json";
  return { code, message: `There is no ${what} ${shown}, or it is no UTF-8 text`, hint };
}

function outside(shown: string): Failure {
  const message = `${shown} leads out of the project`;
  return { code: "path-outside-project", message, hint: "Move it into the project; links are followed." };
}

function notReady(gaps: readonly string[]): Failure {
  return {
    code: "task-not-ready",
    message: "The task is not done: nothing was changed",
    cause: gaps.join("\n"),
    hint: "Mend these, then run the command again; record that it failed: --status failed",
  };
}
