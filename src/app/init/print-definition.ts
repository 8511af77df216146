import type { Draft, OverrideDraft, PackageTaskDraft, ServiceDraft, TaskDraft } from "./draft.ts";
import { identifiers } from "./identifiers.ts";

const widest = 110;

/** The draft as the text of a tidegate.config.ts. */
export function printDefinition(draft: Draft): string {
  return new Printer(draft).print();
}

class Printer {
  readonly #draft: Draft;
  readonly #packages: readonly PackageTaskDraft[];
  readonly #files: readonly string[];
  /** The variable of each task of the pipeline. */
  readonly #variables: ReadonlyMap<string, string>;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#packages = draft.packages ?? [];
    this.#files = draft.files ?? [];
    const taken = [...(this.#packages.length > 0 ? ["packages"] : []), ...(this.#files.length > 0 ? ["files"] : [])];
    this.#variables = identifiers(
      draft.tasks.map(({ name }) => name),
      [...taken, ...draft.services.map(({ name }) => name), ...importable],
    );
  }

  print(): string {
    const { tasks, services, remarks = [], name } = this.#draft;
    return [
      `import { ${this.#builders().join(", ")} } from "tidegate";`,
      "",
      ...remarks.flatMap(comment),
      ...(remarks.length > 0 ? [""] : []),
      "// A task is cached by what it says it reads: every file that may change its result belongs into `inputs`.",
      ...this.#sharedFiles(),
      ...ordered(tasks).flatMap((task) => [...this.#task(task), ""]),
      ...(this.#packages.length > 0 ? [...this.#workspace(), ""] : []),
      ...services.flatMap((service) => [...printService(service), ""]),
      "export default defineProject({",
      `  name: ${text(name)},`,
      ...this.#pipeline(),
      ...(this.#packages.length > 0 ? ["  packages,"] : []),
      ...(services.length > 0 ? environments(this.#draft) : []),
      "});",
      "",
    ].join("\n");
  }

  #sharedFiles(): string[] {
    if (this.#files.length === 0) return [];
    const patterns = this.#files.map(text).join(", ");
    return ["", "// All files that git does not ignore.", `const files = [${patterns}];`, ""];
  }

  #builders(): string[] {
    const { tasks, services } = this.#draft;
    return [
      "defineProject",
      ...(services.length > 0 ? ["local", "rolling", "service"] : []),
      ...(tasks.length > 0 ? ["task"] : []),
      ...(this.#packages.length > 0 ? ["workspace"] : []),
    ];
  }

  #pipeline(): string[] {
    const entries = ordered(this.#draft.tasks).map(({ name }) => {
      const variable = this.#variables.get(name)!;
      return variable === name ? name : `${property(name)}: ${variable}`;
    });
    const line = `  pipeline: { ${entries.join(", ")} },`;
    if (entries.length === 0) return ["  pipeline: {},"];
    return line.length <= widest ? [line] : ["  pipeline: {", ...entries.map((entry) => `    ${entry},`), "  },"];
  }

  #task(task: TaskDraft): string[] {
    const needs = (task.needs ?? []).map((need) => this.#variables.get(need) ?? text(need));
    return [
      `const ${this.#variables.get(task.name)} = task({`,
      `  run: ${text(task.run)},`,
      ...(needs.length > 0 ? values("needs", needs, "  ") : []),
      ...body(task, this.#files, "  "),
      ...printTaskServices(task.services ?? {}),
      "});",
    ];
  }

  #workspace(): string[] {
    return ["const packages = workspace({", ...this.#packages.flatMap((task) => this.#packageTask(task)), "});"];
  }

  #packageTask(task: PackageTaskDraft): string[] {
    const { name, script, run, packages, rootInputs, overrides = {} } = task;
    const needs = (task.needs ?? []).map((need) => this.#variables.get(need) ?? text(need));
    const inner = [
      ...(script === undefined ? [] : [`    script: ${text(script)},`]),
      ...(run === undefined ? [] : [`    run: ${text(run)},`]),
      ...(packages === undefined ? [] : list("packages", packages, "    ")),
      ...(needs.length > 0 ? values("needs", needs, "    ") : []),
      ...body(task, this.#files, "    "),
      ...(rootInputs === undefined ? [] : list("rootInputs", rootInputs, "    ")),
      ...this.#overrides(overrides),
    ];
    return [`  ${property(name)}: {`, ...inner, "  },"];
  }

  #overrides(overrides: NonNullable<PackageTaskDraft["overrides"]>): string[] {
    const entries = Object.entries(overrides);
    if (entries.length === 0) return [];
    const needs = (override: OverrideDraft) => override.needs?.map((need) => this.#variables.get(need) ?? text(need));
    const printed = entries.flatMap(([name, override]) => [
      `      ${text(name)}: {`,
      ...(override.script === undefined ? [] : [`        script: ${text(override.script)},`]),
      ...(override.run === undefined ? [] : [`        run: ${text(override.run)},`]),
      ...(override.needs === undefined ? [] : values("needs", needs(override)!, "        ")),
      ...body(override, this.#files, "        "),
      ...(override.cached ? ["        cache: true,"] : []),
      "      },",
    ]);
    return ["    overrides: {", ...printed, "    },"];
  }
}

/** Names that the file imports, or may once it grows. */
const importable = ["defineProject", "local", "rolling", "service", "task", "workspace", "matrix", "secret", "check"];

/** Needs before those who need them: they are variables. */
function ordered(tasks: readonly TaskDraft[]): TaskDraft[] {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const done = new Set<string>();
  const visit = (task: TaskDraft): TaskDraft[] => {
    if (done.has(task.name)) return [];
    done.add(task.name);
    const needs = (task.needs ?? []).flatMap((need) => byName.get(need) ?? []);
    return [...needs.flatMap(visit), task];
  };
  return tasks.flatMap(visit);
}

function body(
  task: Omit<PackageTaskDraft, "name"> | OverrideDraft,
  files: readonly string[],
  indent: string,
): string[] {
  const { inputs, localInputs, outputs, env, uncached } = task;
  const stage = "stage" in task ? task.stage : undefined;
  return [
    ...(inputs === undefined ? [] : inputLines(inputs, files, indent)),
    ...(localInputs === undefined ? [] : list("localInputs", localInputs, indent)),
    ...(outputs === undefined ? [] : list("outputs", outputs, indent)),
    ...(env === undefined ? [] : list("env", env, indent)),
    ...(stage === undefined ? [] : [`${indent}stage: ${text(stage)},`]),
    ...(uncached === undefined ? [] : [`${indent}cache: false, // ${oneLine(uncached)}`]),
  ];
}

/** Inputs that begin with the shared patterns name them. */
function inputLines(inputs: readonly string[], files: readonly string[], indent: string): string[] {
  const isShared = files.length > 0 && files.every((file, index) => inputs[index] === file);
  if (!isShared) return list("inputs", inputs, indent);
  const rest = inputs.slice(files.length);
  if (rest.length === 0) return [`${indent}inputs: files,`];
  return values("inputs", ["...files", ...rest.map(text)], indent);
}

function printTaskServices(services: NonNullable<TaskDraft["services"]>): string[] {
  const entries = Object.entries(services);
  if (entries.length === 0) return [];
  const printed = entries.map(
    ([name, { run, output }]) => `    ${property(name)}: { run: ${text(run)}, ready: { output: ${text(output)} } },`,
  );
  return ["  services: {", ...printed, "  },"];
}

function printService({ name, run, files }: ServiceDraft): string[] {
  return [
    "// The service gets the port to listen on in PORT. With `health`, it gets requests once that path answers 2xx.",
    `const ${name} = service({`,
    `  run: ${text(run)},`,
    ...list("files", files, "  "),
    "});",
  ];
}

function environments({ services }: Draft): string[] {
  return [
    `  services: { ${services.map(({ name }) => name).join(", ")} },`,
    "  environments: {",
    "    staging: { driver: local(), strategy: rolling() },",
    '    production: { driver: local(), strategy: rolling(), after: "staging" },',
    "  },",
  ];
}

function list(key: string, items: readonly string[], indent: string): string[] {
  return values(key, items.map(text), indent);
}

function values(key: string, items: readonly string[], indent: string): string[] {
  const line = `${indent}${key}: [${items.join(", ")}],`;
  if (line.length <= widest) return [line];
  return [`${indent}${key}: [`, ...items.map((item) => `${indent}  ${item},`), `${indent}],`];
}

/** Lines of at most the file's width; what stands in other tools' files must not end the comment. */
function comment(remark: string): string[] {
  const lines: string[] = [];
  for (const word of oneLine(remark).split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= widest) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`// ${word}`);
  }
  return lines;
}

function oneLine(remark: string): string {
  return remark.replace(/[\p{Cc}\u2028\u2029]+/gu, " ").trim();
}

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : text(name);
}

function text(value: string): string {
  return JSON.stringify(value);
}
