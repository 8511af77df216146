import { posix } from "node:path";
import { shellWord } from "../../../errors/shell-word.ts";
import type { TaskDraft } from "../draft.ts";
import { keyOf } from "../identifiers.ts";
import { inFolder } from "../in-folder.ts";
import { type Json, objectOf, textsOf } from "../relaxed-json.ts";
import { placePattern, wholeOutputs } from "./paths.ts";
import { LeftOver, type Source, stageOf, type Takeover } from "./takeover.ts";

/** The "wireit" blocks of package.json, here and in the packages they lead to. */
export function takeOverWireit(source: Source): Takeover | undefined {
  const files = ["package.json", ...source.workspace.packages.map(({ folder }) => posix.join(folder, "package.json"))];
  if (files.every((file) => source.repository.readJson(file).wireit === undefined)) return undefined;
  return new Wireit(source).takeOver();
}

/** A script: the folder of its package, relative to the project, and its name. */
interface ScriptId {
  readonly folder: string;
  readonly script: string;
}

const lockfile = "package-lock.json";

class Wireit {
  readonly #source: Source;
  readonly #left = new LeftOver();
  readonly #tasks = new Map<string, TaskDraft>();
  /** Who writes an output. */
  readonly #owners = new Map<string, string>();

  constructor(source: Source) {
    this.#source = source;
  }

  takeOver(): Takeover {
    const { wireit } = this.#package("");
    for (const script of Object.keys(objectOf(wireit))) this.#add({ folder: "", script });
    for (const { folder } of this.#source.workspace.packages) {
      for (const script of Object.keys(objectOf(this.#package(folder).wireit))) this.#add({ folder, script });
    }
    const tasks = this.#named([...this.#tasks.values()]);
    return { found: "wireit", tasks, packages: [], remarks: [], left: this.#left.all };
  }

  /** Whether there is such a task now. What it depends on is added first. */
  #add(id: ScriptId): boolean {
    const key = idOf(id);
    if (this.#tasks.has(key)) return true;
    const content = this.#package(id.folder);
    const config = objectOf(content.wireit)[id.script];
    const plain = objectOf(content.scripts)[id.script];
    if (config === undefined && typeof plain !== "string") return false;
    if (isService(objectOf(config)) && config !== undefined) {
      this.#tellService(id, objectOf(config));
      return false;
    }
    this.#tasks.set(key, { name: key, run: "true" });
    this.#tasks.set(key, config === undefined ? this.#vanilla(id, String(plain)) : this.#task(id, objectOf(config)));
    return true;
  }

  /** A script that wireit only starts. */
  #vanilla({ folder, script }: ScriptId, run: string): TaskDraft {
    return { name: idOf({ folder, script }), run: inPackage(folder, run), ...stage(script) };
  }

  #task(id: ScriptId, config: Json): TaskDraft {
    const where = whereOf(id);
    const command = typeof config.command === "string" ? config.command : undefined;
    const { needs, services } = this.#dependencies(id, config);
    const { env, prefix } = this.#environment(where, objectOf(config.env));
    const inputs = this.#inputs(id, config);
    if (config.clean !== undefined && config.clean !== true) {
      this.#left.add(
        `${where}.clean`,
        "outputs are always removed before a run: incremental builds start from scratch",
      );
    }
    return {
      name: idOf(id),
      run: command === undefined ? "true" : inPackage(id.folder, prefix + command),
      ...(needs.length > 0 && { needs }),
      ...(Object.keys(services).length > 0 && { services }),
      ...(command === undefined ? { inputs: [] } : inputs !== undefined && { inputs }),
      ...this.#outputs(id, config),
      ...(env.length > 0 && { env }),
      ...stage(id.script),
    };
  }

  #dependencies(id: ScriptId, config: Json) {
    const needs: string[] = [];
    const services: Record<string, { run: string; output: string }> = {};
    const list = Array.isArray(config.dependencies) ? config.dependencies : [];
    for (const each of list) {
      const text = typeof each === "string" ? each : objectOf(each).script;
      const target = typeof text === "string" ? targetOf(text, id.folder) : undefined;
      if (target === undefined) {
        this.#left.add(`${whereOf(id)}.dependencies`, `${JSON.stringify(each)}: it points outside the project`);
        continue;
      }
      if (objectOf(each).cascade === false) {
        this.#left.add(
          `${whereOf(id)}.dependencies`,
          `"cascade": false of ${String(text)}: what it writes counts for the fingerprint`,
        );
      }
      const service = this.#serviceOf(target);
      if (service !== undefined) services[keyOf(target.script)] = service;
      else if (this.#add(target)) needs.push(idOf(target));
      else
        this.#left.add(
          `${whereOf(id)}.dependencies`,
          `${String(text)}: there is no such script, or it cannot be a task`,
        );
    }
    return { needs: [...new Set(needs)], services };
  }

  /** A service that says by a line of its output when it is ready runs beside the tasks that need it. */
  #serviceOf({ folder, script }: ScriptId): { run: string; output: string } | undefined {
    const config = objectOf(objectOf(this.#package(folder).wireit)[script]);
    const line = objectOf(objectOf(config.service).readyWhen).lineMatches;
    const output = typeof line === "string" ? longestText(line) : "";
    if (typeof config.command !== "string" || output === "") return undefined;
    return { run: inPackage(folder, config.command), output };
  }

  #tellService(id: ScriptId, config: Json): void {
    const line = objectOf(objectOf(config.service).readyWhen).lineMatches;
    const where = `${whereOf(id)}.service`;
    if (typeof line !== "string")
      this.#left.add(where, "it does not say when it is ready: add it to `services` of the tasks that need it");
    else if (longestText(line) !== line)
      this.#left.add(
        where,
        `ready is a text, not the pattern ${JSON.stringify(line)}: the longest part of it that is one was taken`,
      );
    else this.#left.add(where, "it runs beside the tasks that need it, not by itself");
  }

  /** Without `files` it is unknown what the script reads. Lock files count as they do for wireit. */
  #inputs(id: ScriptId, config: Json): string[] | undefined {
    if (!Array.isArray(config.files)) return undefined;
    const placed = textsOf(config.files).flatMap((text) => this.#place(id, "files", text));
    const excludes = placed.findIndex((pattern) => pattern.startsWith("!"));
    if (excludes !== -1 && placed.slice(excludes).some((pattern) => !pattern.startsWith("!"))) {
      this.#left.add(`${whereOf(id)}.files`, "what `!` excludes stays excluded, whatever comes after it");
    }
    const locks = this.#source.repository.has(lockfile) ? [lockfile] : [];
    return [...new Set([...placed, ...locks])];
  }

  #outputs(id: ScriptId, config: Json): Pick<TaskDraft, "outputs" | "uncached" | "torn"> {
    const placed = textsOf(config.output).flatMap((text) => this.#place(id, "output", text));
    const { outputs: whole, torn } = wholeOutputs(placed);
    const outputs = whole.filter((output) => this.#claims(id, output));
    if (torn.length > 0) {
      const why = "outputs are removed whole, and something in them has to stay: the task always runs";
      this.#left.add(`${whereOf(id)}.output`, `${torn.join(", ")}: ${why}`);
    }
    return {
      ...(outputs.length > 0 && { outputs: inOne(outputs, id.folder) }),
      ...(torn.length > 0 && { torn, uncached: `it also writes ${torn.join(", ")}, of which a part has to stay` }),
    };
  }

  /** Each file has one task that writes it: who is there first has it. */
  #claims(id: ScriptId, output: string): boolean {
    const owner = this.#owners.get(output);
    if (owner === undefined) this.#owners.set(output, whereOf(id));
    else if (owner !== whereOf(id)) {
      this.#left.add(`${whereOf(id)}.output`, `"${output}": it is an output of ${owner}, too, and each has one owner`);
      return false;
    }
    return true;
  }

  #place({ folder, script }: ScriptId, key: string, text: string): string[] {
    const placed = placePattern(text, folder);
    if (placed === undefined) {
      this.#left.add(`${whereOf({ folder, script })}.${key}`, `"${text}": it points outside the project`);
      return [];
    }
    if (placed.in === "project" || folder === "") return [placed.pattern];
    const excluded = placed.pattern.startsWith("!");
    return [`${excluded ? "!" : ""}${folder}/${placed.pattern.slice(excluded ? 1 : 0)}`];
  }

  /** Values stand in front of the command, names of the caller's variables in `env`. */
  #environment(where: string, variables: Json): { env: string[]; prefix: string } {
    const env: string[] = [];
    const prefix: string[] = [];
    for (const [name, value] of Object.entries(variables)) {
      const external = objectOf(value);
      if (!/^[A-Za-z_]\w*$/.test(name)) this.#left.add(`${where}.env`, `${name}: it cannot be a variable's name`);
      else if (typeof value === "string") prefix.push(`${name}=${shellWord(value)} `);
      else if (external.external === true) {
        env.push(name);
        if (typeof external.default === "string")
          prefix.push(`${name}="\${${name}:-${external.default.replace(/["\\$`}]/g, "\\$&")}}" `);
      }
    }
    return { env, prefix: prefix.join("") };
  }

  #package(folder: string): Json {
    return this.#source.repository.readJson(posix.join(folder, "package.json"));
  }

  /** Short names: the script's at the top, with its package's folder in front elsewhere. */
  #named(tasks: readonly TaskDraft[]): TaskDraft[] {
    const names = new Map<string, string>();
    const used = new Set<string>();
    for (const { name } of tasks) {
      const [folder = "", script = ""] = name.split("#");
      const short = keyOf(folder === "" ? script : `${posix.basename(folder)}.${script}`);
      const long = keyOf(folder === "" ? script : `${folder}.${script}`);
      let free = used.has(short) ? long : short;
      for (let number = 2; used.has(free); number += 1) free = `${long.slice(0, 60)}-${number}`;
      used.add(free);
      names.set(name, free);
    }
    return tasks.map((task) => ({
      ...task,
      name: names.get(task.name)!,
      ...(task.needs && { needs: task.needs.map((need) => names.get(need)!) }),
    }));
  }
}

/**
 * Wireit is content when a script writes some of its outputs; here each pattern must be written. So its patterns with
 * wildcards become one: `{a/*.js,b/*.js}`.
 */
function inOne(outputs: readonly string[], folder: string): readonly string[] {
  const prefix = folder === "" ? "" : `${folder}/`;
  const isPattern = (output: string) => /[*?{[]/.test(output) && output.startsWith(prefix) && !output.endsWith("/");
  const patterns = outputs.filter(isPattern);
  if (patterns.length < 2) return outputs;
  const one = `${prefix}{${patterns.map((pattern) => pattern.slice(prefix.length)).join(",")}}`;
  return [...outputs.filter((output) => !isPattern(output)), one];
}

/** `build`, `./packages/a:build`, `../b:build:ts`. */
function targetOf(text: string, folder: string): ScriptId | undefined {
  if (!text.startsWith(".")) return { folder, script: text };
  const colon = text.indexOf(":");
  if (colon === -1) return undefined;
  const path = posix.join(folder === "" ? "." : folder, text.slice(0, colon)).replace(/\/$/, "");
  if (path.startsWith("..")) return undefined;
  return { folder: path === "." ? "" : path, script: text.slice(colon + 1) };
}

function isService(config: Json): boolean {
  return config.service !== undefined && config.service !== false;
}

function idOf({ folder, script }: ScriptId): string {
  return `${folder}#${script}`;
}

function whereOf({ folder, script }: ScriptId): string {
  return `${posix.join(folder, "package.json")}: wireit.${script}`;
}

/** The programs of the package itself come first, as npm has it. */
function inPackage(folder: string, command: string): string {
  return folder === "" ? command : inFolder(folder, `PATH="$PWD/node_modules/.bin:$PATH" && ${command}`);
}

function stage(script: string): { stage?: string } {
  const found = stageOf(script);
  return found === undefined ? {} : { stage: found };
}

/** The longest part of a regular expression that stands for itself. */
function longestText(pattern: string): string {
  const parts = pattern.split(/\\.|\[[^\]]*\]|[\^$.*+?()|{}]/);
  return parts.reduce((best, part) => (part.length > best.length ? part : best), "").trim();
}
