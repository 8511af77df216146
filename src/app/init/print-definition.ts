import { type Code, type CodeStyle, type Entry, Layout, text, texts } from "./code.ts";
import type {
  CommonDraft,
  ConfigDraft,
  Draft,
  OverrideDraft,
  PackageTaskDraft,
  ServiceDraft,
  TaskDraft,
} from "./draft.ts";
import { identifiers } from "./identifiers.ts";

/** The draft as the text of a tidegate.config.ts. */
export function printDefinition(draft: Draft, style: CodeStyle): string {
  return new Printer(draft, style).print();
}

class Printer {
  readonly #draft: Draft;
  readonly #layout: Layout;
  readonly #packages: readonly PackageTaskDraft[];
  readonly #files: readonly string[];
  readonly #config: readonly ConfigDraft[];
  /** The variable of each task of the pipeline. */
  readonly #tasks: ReadonlyMap<string, string>;
  /** The variable of each service. */
  readonly #services: ReadonlyMap<string, string>;

  constructor(draft: Draft, style: CodeStyle) {
    this.#draft = draft;
    this.#layout = new Layout(style);
    this.#packages = draft.packages ?? [];
    this.#files = draft.files ?? [];
    this.#config = draft.config ?? [];
    const shared = [...(this.#packages.length > 0 ? ["packages"] : []), ...(this.#files.length > 0 ? ["files"] : [])];
    this.#services = identifiers(
      draft.services.map(({ name }) => name),
      [...shared, ...importable],
    );
    this.#tasks = identifiers(
      draft.tasks.map(({ name }) => name),
      [...shared, ...this.#services.values(), ...importable],
    );
  }

  print(): string {
    const { tasks, services, remarks = [] } = this.#draft;
    const intro =
      "A task is cached by what it says it reads: every file that may change its result has to be in `inputs`.";
    return [
      this.#layout.imports("tidegate", this.#builders()),
      ...(this.#config.length > 0 ? [this.#layout.imports("zod", ["z"])] : []),
      "",
      ...remarks.flatMap((remark) => this.#layout.comment(remark)),
      ...(remarks.length > 0 ? [""] : []),
      ...(tasks.length + this.#packages.length === 0 ? [] : this.#layout.comment(intro)),
      ...this.#sharedFiles(),
      ...inOrder(tasks).flatMap((task) => [this.#task(task), ""]),
      ...(this.#packages.length > 0 ? [this.#workspace(), ""] : []),
      ...inOrder(services).flatMap((service) => [...this.#service(service), ""]),
      this.#layout.statement("export default ", this.#project()),
      "",
    ].join("\n");
  }

  #sharedFiles(): string[] {
    if (this.#files.length === 0) return [];
    return ["", filesComment(this.#files), this.#layout.constant("files", texts(this.#files)), ""];
  }

  #builders(): string[] {
    const { tasks, services } = this.#draft;
    return [
      "defineProject",
      ...(services.length > 0 ? ["local", "rolling"] : []),
      ...(services.some((service) => "run" in service) ? ["service"] : []),
      ...(services.some((service) => "static" in service) ? ["staticSite"] : []),
      ...(tasks.some(({ onlyWith }) => onlyWith !== undefined) ? ["installed"] : []),
      ...(tasks.length > 0 ? ["task"] : []),
      ...(this.#packages.length > 0 ? ["workspace"] : []),
    ];
  }

  #project(): Code {
    const { tasks, services, name } = this.#draft;
    const pipeline = inOrder(tasks).map((task) => ({ name: task.name, value: this.#tasks.get(task.name)! }));
    const served = inOrder(services).map((service) => ({
      name: service.name,
      value: this.#services.get(service.name)!,
    }));
    const object = [
      { name: "name", value: text(name) },
      { name: "pipeline", value: { object: pipeline } },
      ...(this.#packages.length > 0 ? [{ name: "packages", value: "packages" }] : []),
      ...(services.length > 0 ? [{ name: "services", value: { object: served } }] : []),
      ...(this.#config.length > 0 ? [{ name: "config", value: { object: this.#variables(), open: true } }] : []),
      ...(services.length > 0 ? [environments(this.#draft.port)] : []),
    ];
    return { call: "defineProject", with: { object, open: true } };
  }

  #variables(): Entry[] {
    return this.#config.map(({ name, value, where }) => ({
      name,
      value: { call: "z.string().default", with: text(value) },
      comment: `as in ${where}`,
    }));
  }

  #task(task: TaskDraft): string {
    const services = Object.entries(task.services ?? {}).map(([name, { run, output }]): Entry => {
      const ready = { object: [{ name: "output", value: text(output) }] };
      return {
        name,
        value: {
          object: [
            { name: "run", value: text(run) },
            { name: "ready", value: ready },
          ],
        },
      };
    });
    const object = [
      { name: "run", value: text(task.run) },
      this.#needs(task.needs ?? []),
      ...this.#body(task),
      optional("when", task.onlyWith, (program) => ({ call: "installed", with: text(program) })),
      services.length === 0 ? undefined : { name: "services", value: { object: services, open: true } },
    ];
    return this.#layout.constant(this.#tasks.get(task.name)!, { call: "task", with: { object, open: true } });
  }

  #workspace(): string {
    const object = this.#packages.map(({ name, ...task }) => ({ name, value: this.#packageTask(task) }));
    return this.#layout.constant("packages", { call: "workspace", with: { object, open: true } });
  }

  #packageTask(task: Omit<PackageTaskDraft, "name">): Code {
    const overrides = Object.entries(task.overrides ?? {}).map(([name, override]) => ({
      name,
      value: this.#override(override),
    }));
    const object = [
      optional("script", task.script, text),
      optional("run", task.run, text),
      optional("packages", task.packages, texts),
      this.#needs(task.needs ?? []),
      ...this.#body(task),
      optional("rootInputs", task.rootInputs, texts),
      overrides.length === 0 ? undefined : { name: "overrides", value: { object: overrides, open: true } },
    ];
    return { object, open: true };
  }

  #override(override: OverrideDraft): Code {
    const object = [
      optional("script", override.script, text),
      optional("run", override.run, text),
      optional("needs", override.needs, (needs) => this.#needed(needs)),
      ...this.#body(override),
      override.cached ? { name: "cache", value: "true" } : undefined,
    ];
    return { object, open: true };
  }

  #needs(needs: readonly string[]): Entry | undefined {
    return needs.length === 0 ? undefined : { name: "needs", value: this.#needed(needs) };
  }

  #needed(needs: readonly string[]): Code {
    return { list: needs.map((need) => this.#tasks.get(need) ?? text(need)) };
  }

  #body(task: Omit<CommonDraft, "name" | "needs">): (Entry | undefined)[] {
    const { inputs, localInputs, outputs, env, stage, uncached } = task;
    return [
      optional("inputs", inputs, (all) => this.#inputs(all)),
      optional("localInputs", localInputs, texts),
      optional("outputs", outputs, texts),
      optional("env", env, texts),
      optional("stage", stage, text),
      uncached === undefined ? undefined : { name: "cache", value: "false", comment: uncached },
    ];
  }

  /** Inputs that begin with the shared patterns name them. */
  #inputs(inputs: readonly string[]): Code {
    const isShared = this.#files.length > 0 && this.#files.every((file, index) => inputs[index] === file);
    if (!isShared) return texts(inputs);
    const rest = inputs.slice(this.#files.length);
    return rest.length === 0 ? "files" : { list: ["...files", ...rest.map(text)] };
  }

  #service(service: ServiceDraft): string[] {
    const remarks = service.remarks ?? [];
    const health = optional("health", service.health, text);
    const host = optional("host", service.host, text);
    const route = optional("route", service.route, text);
    const { name } = service;
    if ("static" in service) {
      const fallback = service.fallback ? { name: "fallback", value: "true" } : undefined;
      const files = optional("files", service.files, texts);
      const immutable = optional("immutable", service.immutable, texts);
      const object = [{ name: "folder", value: text(service.static) }, files, fallback, immutable, health, host, route];
      const site: Code = { call: "staticSite", with: { object, open: true } };
      return [...remarks.flatMap((remark) => this.#layout.comment(remark)), this.#constant(name, site)];
    }
    const needs = service.needs?.map((need) => this.#services.get(need) ?? text(need));
    const object = [
      { name: "run", value: text(service.run) },
      { name: "files", value: texts(service.files) },
      optional("nodeModules", service.nodeModules, text),
      health,
      host,
      route,
      optional("needs", needs, (list) => ({ list })),
      optional("migrate", service.migrate, text),
      optional("writes", service.writes, texts),
    ];
    const usual = "The service gets the port to listen on in PORT.";
    const hint =
      service.health === undefined ? `${usual} With \`health\`, it gets requests once that path answers 2xx.` : usual;
    const lines = [hint, ...remarks].flatMap((remark) => this.#layout.comment(remark));
    return [...lines, this.#constant(name, { call: "service", with: { object, open: true } })];
  }

  #constant(service: string, value: Code): string {
    return this.#layout.constant(this.#services.get(service)!, value);
  }
}

function filesComment(files: readonly string[]): string {
  return files[0] === "**" ? "// All files that git does not ignore." : "// What somebody wrote.";
}

/** Names that the file imports, or may once it grows. */
const importable =
  "z defineProject installed local rolling service staticSite task workspace matrix secret check differs address shared".split(
    " ",
  );

/** Staging and production at one port: the gateway tells them apart by their names. */
function environments(port: number | undefined): Entry {
  const place = (name: string) => {
    const url = { name: "url", value: text(`http://${name}.localhost:${port}`) };
    const driver: Code = port === undefined ? "local()" : { call: "local", with: { object: [url] } };
    return [
      { name: "driver", value: driver },
      { name: "strategy", value: "rolling()" },
    ];
  };
  const object = [
    { name: "staging", value: { object: place("staging") } },
    { name: "production", value: { object: [...place("production"), { name: "after", value: text("staging") }] } },
  ];
  return { name: "environments", value: { object, open: true } };
}

/** Needs before those who need them: they are variables. */
function inOrder<T extends { readonly name: string; readonly needs?: readonly string[] }>(all: readonly T[]): T[] {
  const byName = new Map(all.map((each) => [each.name, each]));
  const done = new Set<string>();
  const visit = (each: T): T[] => {
    if (done.has(each.name)) return [];
    done.add(each.name);
    const needs = (each.needs ?? []).flatMap((need) => byName.get(need) ?? []);
    return [...needs.flatMap(visit), each];
  };
  return all.flatMap(visit);
}

function optional<T>(name: string, value: T | undefined, code: (value: T) => Code): Entry | undefined {
  return value === undefined ? undefined : { name, value: code(value) };
}
