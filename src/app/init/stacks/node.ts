import { defaultInputs } from "../default-inputs.ts";
import type { Left, StackDraft, TaskDraft } from "../draft.ts";
import { isInProgramme } from "../programme.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns, testFolders } from "../sources.ts";
import { standaloneCopies } from "./next-standalone.ts";
import { type NodeManager, nodeManager } from "./node-manager.ts";
import { nodeOutputs } from "./node-outputs.ts";
import { checkForm, Scripts, watches } from "./node-scripts.ts";
import { nodeServices } from "./node-services.ts";
import { holdsTests } from "./node-sources.ts";

/** Names under which projects keep these scripts; the first that is there is taken. */
const scriptNames = {
  lint: ["lint", "lint:check", "check:lint", "eslint"],
  format: ["format:check", "prettier:check", "fmt:check", "check:format", "format-check", "check-format"],
  typecheck: ["typecheck", "type-check", "check-types", "types:check", "check:types", "types", "tsc", "check"],
  build: ["build", "build:prod", "compile"],
  test: ["test", "test:unit", "test:ci", "test:run", "ci-test"],
} as const;

type Kind = keyof typeof scriptNames;

/** npm, pnpm, yarn or bun: the scripts of package.json. */
export function nodeStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("package.json")) return undefined;
  return new NodeStack(repository).draft();
}

/** Hands a script on to the packages of the workspace. */
const delegates =
  /\b(turbo|nx|lerna|wsrun|ultra|moon|wireit|preconstruct)\b|\b(pnpm|bun)\b[^&|;]* (-r|--recursive|-F|--filter)\b|\byarn workspaces?\b|\bnpm\b[^&|;]* (--workspaces?|-ws?)\b/;

/** The tasks of a workspace's own package that do more than to start those of others. */
export function ownTasks(repository: Repository): TaskDraft[] {
  const tasks = new NodeStack(repository, (command) => !delegates.test(command)).draft().tasks;
  const own = tasks.filter(({ name }) => name !== "install");
  const inputs = defaultInputs(repository);
  return own.map(({ needs = [], ...task }) => ({ ...task, needs: needs.filter((need) => need !== "install"), inputs }));
}

class NodeStack {
  readonly #repository: Repository;
  readonly #manifest: Readonly<Record<string, unknown>>;
  readonly #scripts: Scripts;
  readonly #manager: NodeManager;
  readonly #left: Left[] = [];
  readonly #isMeant: (command: string) => boolean;

  /** `isMeant`: which scripts become tasks, by what they come to. */
  constructor(repository: Repository, isMeant: (command: string) => boolean = () => true) {
    this.#repository = repository;
    this.#isMeant = isMeant;
    this.#manifest = repository.readJson("package.json");
    this.#scripts = new Scripts(this.#manifest);
    this.#manager = nodeManager(repository);
  }

  draft(): StackDraft {
    const { name } = this.#manifest;
    const tasks = this.#tasks();
    if (!this.#manager.hasLock && tasks.some((task) => task.name === "install")) {
      const why = `there is none: what was installed first stays until package.json changes. Commit one (${this.#manager.name} install), then tidegate init --force`;
      this.#left.push({ where: "lock file", why });
    }
    const build = tasks.find((task) => task.name === "build");
    const { services, left } = nodeServices({
      repository: this.#repository,
      scripts: this.#scripts,
      build: this.#expanded("build"),
      outputs: build?.outputs ?? [],
      hasModules: tasks.some((task) => task.name === "install"),
    });
    return {
      found: `Node (${this.#manager.name})`,
      ...(typeof name === "string" && { name }),
      tasks,
      services,
      left: [...this.#left, ...left],
    };
  }

  #tasks(): TaskDraft[] {
    const hasPackages = ["dependencies", "devDependencies", "optionalDependencies"].some(
      (kind) => Object.keys((this.#manifest[kind] as object | undefined) ?? {}).length > 0,
    );
    const installs = hasPackages ? ["install"] : [];
    const built = this.#script("build") === undefined ? installs : ["build"];
    const inputs = sourcePatterns(this.#repository, { withTests: true });
    const checks = { inputs, stage: "verify" };
    const tasks = [
      this.#check("lint", { ...checks, needs: this.#readsBuilt(this.#expanded("lint")) ? built : installs }),
      this.#check("format", { ...checks, needs: installs }),
      this.#check("typecheck", { ...checks, needs: this.#generatesTypes() ? built : installs }),
      this.#build(installs),
      this.#check("test", { ...checks, needs: built }),
    ];
    return [...(hasPackages ? [this.#manager.install] : []), ...tasks.filter((task) => task !== undefined)];
  }

  #script(kind: Kind): string | undefined {
    const names = scriptNames[kind].filter(
      (name) =>
        this.#scripts.get(name) !== undefined &&
        this.#isMeant(this.#scripts.expanded(name)) &&
        // A name that says little: in most projects it is all checks at once.
        (name !== "check" || /\b(svelte-check|astro check)\b/.test(this.#scripts.expanded(name))),
    );
    // A test that watches has a form that does not, if there is any.
    return names.find((name) => !watches(this.#scripts.expanded(name))) ?? names[0];
  }

  #expanded(kind: Kind): string {
    const script = this.#script(kind);
    return script === undefined ? "" : this.#scripts.expanded(script);
  }

  #build(needs: readonly string[]): TaskDraft | undefined {
    const script = this.#script("build");
    if (script === undefined) return undefined;
    const command = this.#scripts.expanded(script);
    const outputs = nodeOutputs(this.#repository, command);
    const copies = standaloneCopies(this.#repository, command);
    const run = quiet(command, this.#manager.run(script));
    const uncached = "list what it writes in `outputs` and it can be cached";
    return {
      name: "build",
      run: copies === undefined ? run : `${run} && ${copies}`,
      needs,
      inputs: sourcePatterns(this.#repository, { withTests: this.#compilesTests(command) }),
      ...(outputs.length > 0 ? { outputs } : { uncached }),
    };
  }

  /** A task that looks and writes nothing; `undefined` when there is no script, or it cannot run like that. */
  #check(kind: Exclude<Kind, "build">, rest: Omit<TaskDraft, "name" | "run">): TaskDraft | undefined {
    const script = this.#script(kind);
    if (script === undefined || (kind === "format" && !this.#isInWorkflow(script))) return undefined;
    const command = this.#scripts.expanded(script);
    const isEmpty =
      kind === "test" && /\b(jest|vitest|react-scripts test)\b/.test(command) && !holdsTests(this.#repository);
    const why = isEmpty ? "there are no tests" : unfit(`${this.#scripts.get(script)} && ${command}`);
    if (why !== undefined) {
      this.#left.push({ where: `package.json: scripts.${script}`, why });
      return undefined;
    }
    const checked = kind === "test" ? undefined : checkForm(command);
    const once = /\breact-scripts test\b/.test(command) ? "CI=true " : "";
    // A formatter reads whatever there is, prose and settings of other tools included.
    const inputs = kind === "format" || readsAll.test(command) ? { inputs: defaultInputs(this.#repository) } : {};
    const run = this.#manager.run(script) + (kind === "test" ? this.#withoutCopies(command) : "");
    return { name: kind, run: checked ?? once + quiet(command, run), ...rest, ...inputs };
  }

  /** Whether the project's own checks run it; a formatter that nobody runs complains of what is there. */
  #isInWorkflow(script: string): boolean {
    const folder = ".github/workflows";
    const files = this.#repository.has(folder) ? this.#repository.below(folder).entries : [];
    return files.some((file) => this.#repository.read(`${folder}/${file}`).includes(script));
  }

  /** Whether the compiler's programme takes in types that only a build writes. */
  #readsGenerated(): boolean {
    const text = this.#repository.read("tsconfig.json");
    return /\.(next|nuxt|svelte-kit|react-router|contentlayer|astro|wxt)\b/.test(text);
  }

  /** Whether types are written before they are checked: not while the build writes the same. */
  #generatesTypes(): boolean {
    return this.#readsGenerated() || /\b(typegen|svelte-kit sync|nuxi? prepare)\b/.test(this.#expanded("typecheck"));
  }

  /** Options by which a test leaves out the copies of tests that the compiler makes beside the program. */
  #withoutCopies(test: string): string {
    const build = this.#expanded("build");
    const folder = nodeOutputs(this.#repository, build).find((output) => output.endsWith("/"));
    if (folder === undefined || !this.#compilesTests(build, ["src/"])) return "";
    const last = test.split(/&&|;/).at(-1)!;
    const dashes = this.#manager.name === "npm" ? " --" : "";
    if (/\bvitest\b/.test(last)) return `${dashes} --exclude "${folder}**"`;
    const settings = this.#repository.entries.filter((entry) => /^jest\.config\./.test(entry));
    const said = [...settings, "package.json"].map((file) => this.#repository.read(file)).join("\n");
    const isSaid = /testPathIgnorePatterns|testMatch|testRegex|\broots\b|rootDir/.test(said);
    return /\bjest\b/.test(last) && !isSaid ? `${dashes} --testPathIgnorePatterns /node_modules/ /${folder}` : "";
  }

  /** Whether the build's programme takes in the folders of tests, or tests in one of `more`. */
  #compilesTests(command: string, more: readonly string[] = []): boolean {
    const said = /\btsc\b[^&|;]*?(?:-p|--project|-b|--build)[ =]([^\s-]\S*)/.exec(command)?.[1] ?? "tsconfig.json";
    const file = said.endsWith(".json") ? said : `${said.replace(/\/$/, "")}/tsconfig.json`;
    const folders = [...testFolders(this.#repository), ...more];
    const isIn = (folder: string) => isInProgramme(this.#repository, file, `${folder}a.test.ts`);
    return /\btsc\b/.test(command) && folders.some(isIn);
  }

  /** Rules that ask the compiler read what it reads. */
  #readsBuilt(command: string): boolean {
    return /\bnuxt|svelte-check|astro check|\btsc\b/.test(command) && this.#readsGenerated();
  }
}

const readsAll = /\b(prettier|oxfmt|dprint|ultracite|markdownlint|cspell|remark)\b|\bbiome (check|ci|format|lint)\b/;

/** Without a process that stays when the task is done. */
function quiet(command: string, run: string): string {
  return /\bnx\b/.test(command) ? `NX_DAEMON=false ${run}` : run;
}

/** Why a check does not belong in a pipeline that has to run everywhere. */
function unfit(command: string): string | undefined {
  if (watches(command)) return "it watches for changes and does not end: add a task for a form of it that does";
  if (/\b(playwright test|cypress (run|open)|wdio( run)?|nightwatch|testcafe|detox test)\b/.test(command))
    return "it needs a browser: add a task for it where there is one";
  if (/\bdocker(-compose)?\b|\btestcontainers\b/.test(command))
    return "it needs Docker: add a task for it where there is one";
  if (/\bdb[:-](seed|reset|setup|migrate|create)\b|\bprisma (migrate|db)\b|\bknex migrate/.test(command))
    return "it needs a database: add a task for it, with the database in its `services`";
  return undefined;
}
