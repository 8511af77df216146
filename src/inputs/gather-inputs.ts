import type { Problem } from "../definition/problem.ts";
import type { Looks } from "../files/looks.ts";
import { type Graph, type GraphTask, upstreamOf } from "../graph/graph.ts";
import { mayMeet, OutputSet } from "../graph/outputs/output-set.ts";
import { matches, type Pattern, parsePattern } from "../graph/patterns/pattern.ts";
import { type Claim, requiredOf } from "../graph/patterns/task-patterns.ts";
import { toArgv } from "../process/command.ts";
import type { FileIndex } from "./file-index.ts";
import type { Request } from "./input-tree.ts";
import type { Part } from "./part.ts";
import { impliedInputs, programsOf } from "./tools.ts";
import { type FoundFile, walkInputs } from "./walk-inputs.ts";

/** What a task reads, as the disk was when the walk came by. */
export interface Gathered {
  readonly files: ReadonlyMap<string, FoundFile>;
  /** Patterns that match nothing, links out of the project, files that cannot be read. */
  readonly problems: readonly Problem[];
}

interface Asker {
  readonly task: GraphTask;
  readonly claims: readonly Claim[];
  readonly matched: Set<number>;
  readonly files: Map<string, FoundFile>;
  readonly problems: Map<string, Problem>;
}

/** Finds the inputs of tasks. The whole graph says what the outputs are, which are never found as files. */
export class InputFinder {
  readonly #projectFolder: string;
  readonly #graph: Graph;
  readonly #outputs: OutputSet;
  readonly #looks: Looks | undefined;

  /** `looks` is told every place that what is found depends on. */
  constructor(projectFolder: string, graph: Graph, looks?: Looks) {
    this.#looks = looks;
    this.#projectFolder = projectFolder;
    this.#graph = graph;
    this.#outputs = new OutputSet(graph);
  }

  /** The inputs of all these tasks that declare some, in one walk. */
  gather(tasks: Iterable<GraphTask>): Map<string, Gathered> {
    const askers = [...tasks].filter(({ patterns }) => patterns.inputs !== undefined).map(askerOf);
    const requests = new Map<Request, readonly [asker: Asker, claim: number]>();
    for (const asker of askers)
      for (const [request, claim] of requestsOf(asker.task)) requests.set(request, [asker, claim]);
    walkInputs(this.#projectFolder, requests.keys(), (path) => this.#outputs.has(path), {
      looks: this.#looks,
      found: (request, file) => {
        const [asker, claim] = requests.get(request)!;
        asker.matched.add(claim);
        asker.files.set(file.path, file);
      },
      refused: (request, path, because) => {
        const [asker, claim] = requests.get(request)!;
        asker.matched.add(claim);
        asker.problems.set(path, refusal(asker, claim, path, because));
      },
    });
    return new Map(askers.map((asker) => [asker.task.name, this.#finish(asker)]));
  }

  /** The outputs of everything behind a task: what it may read besides its inputs. */
  outputsBehind(task: GraphTask): Claim[] {
    return [...upstreamOf(this.#graph, task.name)].flatMap((name) => this.#graph.get(name)!.patterns.outputs);
  }

  /** The task of whose outputs a path is one. */
  ownerOf(path: string): string | undefined {
    const owns = ({ patterns }: GraphTask) => patterns.outputs.some(({ pattern }) => matches(pattern, path));
    return [...this.#graph.values()].find(owns)?.name;
  }

  #finish(asker: Asker): Gathered {
    const required = (claim: Claim) => !claim.pattern.excluded && !claim.isLocal && claim.demand !== "none";
    const unmatched = asker.claims.filter((claim, position) => required(claim) && !asker.matched.has(position));
    const missing = unmatched.filter(({ pattern }) => !this.#isWrittenUpstream(asker.task, pattern));
    return {
      files: asker.files,
      problems: [...requiredOf(asker.claims, missing).map(noSuchInput), ...asker.problems.values()],
    };
  }

  /** Then the files may not be there yet, and count through the fingerprint's `need`. */
  #isWrittenUpstream(task: GraphTask, input: Pattern): boolean {
    return [...upstreamOf(this.#graph, task.name)].some((name) =>
      this.#graph.get(name)!.patterns.outputs.some(({ pattern }) => mayMeet(pattern, input)),
    );
  }
}

/** The fingerprint's parts for files; a file that cannot be read is a problem, since then its content is unknown. */
export function inputParts(
  projectFolder: string,
  gathered: Gathered,
  index: FileIndex,
): { readonly parts: readonly Part[]; readonly unreadable: readonly string[] } {
  const parts: Part[] = [];
  const unreadable: string[] = [];
  for (const file of gathered.files.values()) {
    const state = stateOf(projectFolder, file, index);
    if (state === undefined) unreadable.push(file.path);
    else parts.push([`input:${file.path}`, state]);
  }
  return { parts, unreadable };
}

function stateOf(projectFolder: string, file: FoundFile, index: FileIndex): string | undefined {
  const link = file.link === undefined ? "" : `link ${file.link} `;
  if (file.stat === undefined) return link.trimEnd();
  const digest = index.digest(file.path, `${projectFolder}/${file.path}`, file.stat);
  return digest && `${link}file ${file.stat.mode & 0o100 ? "x " : ""}${digest}`;
}

function askerOf(task: GraphTask): Asker {
  return { task, claims: task.patterns.inputs ?? [], matched: new Set(), files: new Map(), problems: new Map() };
}

/** What a task that declares inputs asks for, each with the position of its claim; -1: it is implied. */
export function* requestsOf(task: GraphTask): Iterable<readonly [Request, number]> {
  const { inputs: claims } = task.patterns;
  if (claims === undefined) return;
  const excluded = claims.map(({ pattern }) => pattern).filter((pattern) => pattern.excluded);
  for (const [position, { pattern }] of claims.entries()) {
    if (!pattern.excluded) yield [{ pattern, excluded }, position];
  }
  for (const request of impliedRequests(task)) yield [request, -1];
}

/** What a command reads besides its inputs, as its programs are known to. It may be absent: it belongs to no claim. */
export function impliedRequests({ task }: GraphTask): Request[] {
  return impliedInputs(programsOf(toArgv(task.run)))
    .map(parsePattern)
    .flatMap((parsed) => (parsed.ok ? [{ pattern: parsed.pattern, excluded: [] }] : []));
}

function noSuchInput({ pattern, path }: Claim): Problem {
  return {
    code: "no-such-input",
    path,
    message: `The input ${pattern.text} matches no file`,
    hint: `Correct the pattern, or remove it: with an input that does not exist, the cache would miss changes.${escapeHint(pattern)}`,
  };
}

function escapeHint(pattern: Pattern): string {
  if (pattern.kind !== "glob") return "";
  const literal = pattern.text.replaceAll(/[[\](){}]/g, "\\$&");
  return literal === pattern.text ? "" : ` If the brackets are part of the name: ${JSON.stringify(literal)}.`;
}

function refusal(asker: Asker, claim: number, path: string, because: "outside" | "unreadable"): Problem {
  const place = asker.claims[claim]?.path ?? ["pipeline", asker.task.name, "run"];
  if (because === "unreadable") {
    const hint = "Make it readable for this user, or exclude it with `!`.";
    return { code: "no-such-input", path: place, message: `The input ${path} cannot be read`, hint };
  }
  const hint = "Exclude it with `!`, or move what it points to into the project.";
  const message = `The input ${path} is a link that leads outside the project`;
  return { code: "path-outside-project", path: place, message, hint };
}
