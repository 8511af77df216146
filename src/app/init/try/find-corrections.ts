import type { Service } from "../../../definition/types.ts";
import { count } from "../../../errors/quantities.ts";
import type { Event } from "../../../events/event.ts";
import type { Graph, GraphTask } from "../../../graph/graph.ts";
import { showCommand } from "../../../process/command.ts";
import type { Correction } from "./corrections.ts";
import type { TriedService } from "./try-service.ts";

type Audited = Extract<Event, { type: "taskAudited" }>;

/**
 * What watching the processes of a task found, as lines of its definition. `folders`: those that were there before, of the
 * project; a folder that is new is an output as a whole.
 */
export function auditCorrections(
  { task: name, reads, writes, add }: Audited,
  graph: Graph,
  folders: ReadonlySet<string>,
): Correction[] {
  const task = graph.get(name);
  if (task === undefined) return [];
  return add.flatMap((line): Correction[] => {
    const told = lineFor(line, task, folders);
    return told === undefined ? [] : [{ of: "task", name, line: told, because: becauseOf(line, reads, writes) }];
  });
}

function lineFor(line: string, { task, package: of }: GraphTask, folders: ReadonlySet<string>): string | undefined {
  const [, key, list = ""] = /^(inputs|localInputs|outputs): \[(.*)\],$/.exec(line) ?? [];
  if (key === undefined) return line;
  const patterns: string[] = JSON.parse(`[${list}]`);
  const before = (key === "inputs" ? task.inputs : key === "outputs" ? task.outputs : task.localInputs) ?? [];
  if (key !== "outputs" && task.inputs === undefined) return undefined;
  const isInstalling = (task.outputs ?? []).some((output) => /^(node_modules|\.venv)\/?$/.test(output));
  const base = of?.folder ? `${of.folder}/` : "";
  const better = patterns
    .filter((pattern) => before.includes(pattern) || !(key === "inputs" && isInstalling && isTalk.test(pattern)))
    .map((pattern) => (key !== "outputs" || before.includes(pattern) ? pattern : wholeFolder(pattern, base, folders)));
  const all = [...new Set(better)];
  if (all.every((pattern) => before.includes(pattern))) return undefined;
  return `${key}: [${all.map((pattern) => JSON.stringify(pattern)).join(", ")}],`;
}

/** What package managers look at and what decides nothing. */
const isTalk = /(^|\/)((readme|licen[cs]e|changelog|contributing|notice|authors)\b[^/]*|[^/]*\.md)$/i;

/** The highest folder that is new, instead of what is in it. */
function wholeFolder(pattern: string, base: string, folders: ReadonlySet<string>): string {
  const names = pattern.split("/");
  for (let length = 1; length < names.length; length++) {
    const folder = names.slice(0, length).join("/");
    if (!folders.has(base + folder) && !/[*?[{(\\]/.test(folder)) return `${folder}/`;
  }
  return pattern;
}

function becauseOf(line: string, reads: readonly string[], writes: readonly string[]): string {
  if (/^\/\/ needs|^needs:/.test(line)) return "it reads what these write";
  if (line.startsWith("cache:")) return `it changes ${some(writes)} among the sources`;
  return line.startsWith("outputs:") ? `it wrote ${some(writes)}` : `it read ${some(reads)}`;
}

function some([first = "", ...others]: readonly string[]): string {
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

/** The same, where only the tree was compared: what is new is an output, what has changed is a source. */
export function writtenCorrections(
  task: GraphTask | undefined,
  { made, changed }: { readonly made: readonly string[]; readonly changed: readonly string[] },
  folders: ReadonlySet<string>,
): Correction[] {
  if (task === undefined) return [];
  const of = { of: "task", name: task.name } as const;
  const own = [...new Set(made.map((path) => wholeFolder(path, "", folders)))];
  const all = [...(task.task.outputs ?? []), ...own].map((text) => JSON.stringify(text));
  const isCached = task.task.cache !== false;
  return [
    ...(own.length === 0 ? [] : [{ ...of, line: `outputs: [${all.join(", ")}],`, because: `it wrote ${some(made)}` }]),
    ...(changed.length > 0 && isCached
      ? [{ ...of, line: "cache: false,", because: `it changes ${some(changed)} among the sources` }]
      : []),
  ];
}

/** Programs that are told their port by an option. */
const portOptions: readonly (readonly [program: RegExp, option: string])[] = [
  [/\bvite preview\b/, "--host 127.0.0.1 --port $PORT"],
  [/\bastro preview\b/, "--host 127.0.0.1 --port $PORT"],
  [/\bflask\b.*\brun\b/, "--port $PORT"],
  [/\b(uvicorn|hypercorn|fastapi run|next start)\b/, "--port $PORT"],
  [/\bhttp-server\b/, "-p $PORT"],
  [/(^|npx |\.bin\/)serve\b/, "-l $PORT"],
  [/@11ty\/eleventy\b|\beleventy\b/, "--port=$PORT"],
  [/\bmanage\.py runserver\b/, "127.0.0.1:$PORT"],
  [/\bhttp\.server\b/, "$PORT"],
];

/** What starting a service found. */
export function serviceCorrections(tried: TriedService, { run, health }: Service): Correction[] {
  const of = { of: "service", name: tried.name } as const;
  if (tried.state === "elsewhere") {
    const ports = tried.ports.join(", ");
    const command = showCommand(run);
    const option = portOptions.find(([program]) => program.test(command))?.[1];
    const because = `it listens on ${count(tried.ports.length, "port")} of its own (${ports}) and not where PORT says`;
    const line =
      option === undefined
        ? `// Have it listen on the port in the variable PORT, instead of ${ports}.`
        : `run: ${JSON.stringify(`${command} ${option}`)},`;
    return [{ ...of, line, because }];
  }
  if (tried.state !== "listens" || tried.answering === undefined) return [];
  const because =
    health === undefined ? `${tried.answering} answers 2xx` : `${health} answers ${tried.status ?? "nothing"}`;
  return [{ ...of, line: `health: ${JSON.stringify(tried.answering)},`, because }];
}
