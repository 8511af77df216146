import { shellWord } from "../../../../errors/shell-word.ts";
import type { Variables } from "../../../../git/ask-git.ts";
import { applicationFolders } from "../../application-folders.ts";
import type { ServiceDraft, StackDraft, TaskDraft } from "../../draft.ts";
import { type Hosting, readHosting } from "../../hosting.ts";
import { inFolder } from "../../in-folder.ts";
import type { Repository } from "../../repository.ts";
import { sourcePatterns } from "../../sources.ts";
import { findApplication, findDjango } from "./application.ts";
import { configuredLinters, testFiles, testImports } from "./checks.ts";
import { lookForPython, type MachinePython, type PythonMachine } from "./machine.ts";
import { type Requirements, readRequirements } from "./requirements.ts";
import { findService } from "./serve.ts";
import type { PythonEnvironment } from "./start-line.ts";

const marks = ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg", "Pipfile", "manage.py"];
/** What Python and its tools leave beside the sources. */
const leftovers = ["!**/__pycache__/**", "!**/*.pyc"];

/** Python: at the top of the repository, or in the one folder that has it. */
export async function pythonStack(repository: Repository, variables: Variables): Promise<StackDraft | undefined> {
  const folder = folderOf(repository);
  if (folder === undefined) return undefined;
  const at = folder === "" ? repository : repository.below(folder);
  const requirements = readRequirements(at);
  const imports = testImports(at);
  const suffices = (python: MachinePython) =>
    !requirements.own.some((one) => python.missing.includes(one)) && imports.every((name) => python.modules.has(name));
  const machine = await lookForPython(
    { folder: at.folder, requirements: requirements.all, imports, suffices, serves: isServed(at) },
    variables,
  );
  return new PythonDraft(repository, at, folder, requirements, machine, suffices).draft();
}

const managers = { uv: "uv", Poetry: "poetry", PDM: "pdm", Pipenv: "pipenv", pip: "python3" } as const;

function folderOf(repository: Repository): string | undefined {
  if (isProject(repository)) return "";
  const found = applicationFolders(repository).filter((entry) => isProject(repository.below(entry)));
  if (found.length === 1) return found[0];
  return repository.entries.some((entry) => entry.endsWith(".py")) ? "" : undefined;
}

/** Whether there is an application to be served. */
function isServed(repository: Repository): boolean {
  return findDjango(repository) !== undefined || findApplication(repository) !== undefined;
}

function isProject(repository: Repository): boolean {
  return marks.some((file) => repository.has(file));
}

/**
 * What other tools than the service read, and what may hold secrets, is no part of a release. By the version that a file names,
 * managers of versions choose what `python3` is: there as here.
 */
const notServed =
  /(^|\/)(\.(?!python-version$|tool-versions$).*|Procfile.*|(docker-)?compose.*|Makefile|makefile|.*\.lock|.*requirements.*(\.txt|\/\*\*)|Pipfile|setup\.(py|cfg)|tox\.ini|noxfile\.py|pytest\.ini|mypy\.ini|conftest\.py|ruff\.toml|test_[^/]*\.py|[^/]*_test\.py|tests?\.py|Vagrantfile|runtime\.txt|[^/]*requirements[^/]*\.in|(render|fly|railway|app|vercel|netlify|azure|heroku|nixpacks|codecov)\.(ya?ml|toml|json)|(docs?|examples?|scripts|infra|terraform|deploy(ment)?|kustomize|k8s|helm|charts?|postman|benchmarks?)\/\*\*)$/;

/** What the command names is needed, whatever it is. */
function isOfService(pattern: string, run: string): boolean {
  const named = pattern.replace(/\*\*$/, "");
  return (
    pattern.startsWith("!") || !notServed.test(pattern) || run.split(/[\s"'=]/).some((word) => word.startsWith(named))
  );
}

/** The first three of a list, and how many more there are. */
function some(names: readonly string[]): string {
  return names.slice(0, 3).join(", ") + (names.length > 3 ? ` and ${names.length - 3} more` : "");
}

class PythonDraft {
  readonly #repository: Repository;
  readonly #at: Repository;
  readonly #folder: string;
  readonly #requirements: Requirements;
  readonly #machine: PythonMachine;
  /** Whether the machine's own packages are all that is needed. */
  readonly #isThere: boolean;
  readonly #notes: string[] = [];

  constructor(
    repository: Repository,
    at: Repository,
    folder: string,
    requirements: Requirements,
    machine: PythonMachine,
    suffices: (python: MachinePython) => boolean,
  ) {
    this.#repository = repository;
    this.#at = at;
    this.#folder = folder;
    this.#requirements = requirements;
    this.#machine = machine;
    const { manager } = requirements;
    const isWhole = manager === undefined || machine.python?.missing.length === 0;
    // What only people use need not be there, where nothing could bring it, or no task would use it.
    const isEnough = machine.python !== undefined && !isWhole && suffices(machine.python);
    const isBrought = manager !== undefined && machine.hasProgram(managers[manager]);
    this.#isThere = isWhole || (isEnough && !(isBrought && configuredLinters(at).length > 0));
  }

  draft(): StackDraft {
    const { manager } = this.#requirements;
    const install = this.#isThere ? undefined : this.#install();
    const tests = this.#tests(install);
    const lints = this.#lints(install);
    const served = findService(this.#at, this.#hosting(), this.#environment);
    if (served.left !== undefined) this.#notes.push(served.left);
    const collect =
      served.collects &&
      this.#task("static", served.collects.run, install, { outputs: [this.#folder + served.collects.folder] });
    const name = /^name\s*=\s*["']([^"']+)["']/m.exec(this.#at.read("pyproject.toml"))?.[1];
    const how = manager === undefined ? "standard library" : this.#isThere ? "this machine's packages" : manager;
    return {
      found: `Python (${how})`,
      ...(this.#folder !== "" && { folder: this.#folder.replace(/\/$/, "") }),
      ...(name === undefined ? {} : { name }),
      tasks: [install, ...lints, collect, tests].filter((task) => task !== undefined),
      services: served.service === undefined ? [] : [this.#service(served.service, collect)],
      ...(manager !== undefined && this.#isThere && { remarks: [this.#ofMachine()] }),
      ...(this.#notes.length > 0 && { notes: this.#notes }),
    };
  }

  /** At the top of the repository, and in the folder: its Dockerfile is there. */
  #hosting(): Hosting {
    const top = readHosting(this.#repository);
    if (this.#folder === "") return top;
    const own = readHosting(this.#at);
    const release = top.release ?? own.release;
    return { starts: [...top.starts, ...own.starts], ...(release !== undefined && { release }) };
  }

  #ofMachine(): string {
    const { missing = [] } = this.#machine.python ?? {};
    const lacks =
      missing.length === 0 ? "all that is required" : `all that the project and its tests need (not ${some(missing)})`;
    return (
      `${this.#python} of this machine has ${lacks}, so no virtual environment is made. For one, add a task ` +
      `that runs "python3 -m venv --copies .venv && ${this.#installer()}".`
    );
  }

  /** What stands for the interpreter in commands. */
  get #python(): string {
    return this.#isThere ? (this.#machine.python?.command ?? "python3") : ".venv/bin/python";
  }

  get #environment(): PythonEnvironment {
    return { python: this.#python, has: (module) => this.#has(module) };
  }

  #has(module: string): boolean {
    if (!this.#isThere) return this.#requirements.has(module);
    return this.#machine.python?.modules.has(module) ?? this.#requirements.has(module);
  }

  #in(command: string): string {
    return inFolder(this.#folder, command);
  }

  /** Its interpreter is a copy: one that was linked would lead out of a release. */
  #install(): TaskDraft {
    const { files, manager } = this.#requirements;
    this.#tellMissing();
    const run = `${this.#machine.python?.command ?? "python3"} -m venv --copies .venv && ${this.#installer()}`;
    return {
      name: "install",
      run: this.#in(run),
      inputs: files.map((file) => this.#folder + file),
      outputs: [`${this.#folder}.venv/`],
      // Which index to ask every task is told; not which folder of packages to take instead of one.
      ...(manager === "pip" && { env: ["PIP_FIND_LINKS", "PIP_NO_INDEX"] }),
    };
  }

  #installer(): string {
    const { manager, given, extras } = this.#requirements;
    switch (manager) {
      case "uv":
        return "uv sync --frozen --no-install-project";
      case "Poetry":
        return "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction --no-root";
      case "PDM":
        return "pdm sync --no-self";
      case "Pipenv":
        return "PIPENV_VENV_IN_PROJECT=1 pipenv sync --dev";
      default: {
        const pip = ".venv/bin/python -m pip install --quiet --disable-pip-version-check";
        const pytest = this.#usesPytest() && !this.#requirements.has("pytest") ? " pytest" : "";
        if (given.length > 0) return `${pip} ${given.map((file) => `-r ${shellWord(file)}`).join(" ")}${pytest}`;
        return `${pip} -e "${extras.length === 0 ? "." : `.[${extras.join(",")}]`}"${pytest}`;
      }
    }
  }

  #tellMissing(): void {
    const { manager } = this.#requirements;
    const program = managers[manager ?? "pip"];
    if (!this.#machine.hasProgram(program)) this.#notes.push(`install needs ${program}, which is not on this machine`);
    const { python, broken } = this.#machine;
    if (broken !== undefined)
      this.#notes.push(
        `python3 does not start here${broken === "" ? "" : `: ${broken}`}${python === undefined ? "" : `. ${python.command} is taken instead`}`,
      );
    if (python !== undefined && !(python.modules.has("venv") && python.modules.has("ensurepip")))
      this.#notes.push(
        "install creates a virtual environment, which this machine's Python cannot do: on Debian, apt-get install python3-venv",
      );
    const missing = python?.missing ?? [];
    if (missing.length > 0)
      this.#notes.push(
        `This machine's Python lacks ${some(missing)}: install gets them from a package index, which has to be within reach`,
      );
  }

  #task(name: string, command: string, install: TaskDraft | undefined, more: Partial<TaskDraft> = {}): TaskDraft {
    const needs = install === undefined ? [] : ["install"];
    return { name, run: this.#in(command), ...(needs.length > 0 && { needs }), inputs: this.#sources(true), ...more };
  }

  #sources(withTests: boolean): string[] {
    if (this.#folder === "") return [...sourcePatterns(this.#repository, { withTests }), ...leftovers];
    return [...sourcePatterns(this.#at, { withTests }).map((pattern) => this.#folder + pattern), ...leftovers];
  }

  #usesPytest(): boolean {
    const settings = ["pyproject.toml", "setup.cfg", "tox.ini"].map((file) => this.#at.read(file)).join("\n");
    const isSet = this.#at.has("pytest.ini") || this.#at.has("conftest.py") || /\bpytest\b/.test(settings);
    return (
      isSet ||
      this.#requirements.has("pytest") ||
      testFiles(this.#at).some((file) => /\bimport pytest\b|^def test_/m.test(this.#at.read(file)))
    );
  }

  #tests(install: TaskDraft | undefined): TaskDraft | undefined {
    if (testFiles(this.#at).length === 0) return undefined;
    const isPytest = this.#usesPytest();
    if (findDjango(this.#at) !== undefined && !(isPytest && this.#has("pytest")))
      return this.#task("test", `${this.#python} manage.py test`, install, { stage: "verify" });
    if (!isPytest)
      return this.#task("test", `${this.#python} -m unittest discover${this.#unittestFolder()}`, install, {
        stage: "verify",
      });
    if (!this.#has("pytest") && this.#isThere) {
      this.#notes.push(
        "The tests use pytest, which is neither among the requirements nor on this machine: install it, then run tidegate init --force",
      );
      return undefined;
    }
    const path = this.#at.has("src/") && !this.#at.has("src/__init__.py") ? "PYTHONPATH=src " : "";
    return this.#task("test", `${path}${this.#python} -m pytest -p no:cacheprovider`, install, { stage: "verify" });
  }

  #unittestFolder(): string {
    const folder = ["tests", "test"].find((name) => this.#at.has(name));
    return folder === undefined ? "" : ` -s ${folder} -t .`;
  }

  /** Only what is configured, and can run. */
  #lints(install: TaskDraft | undefined): TaskDraft[] {
    const commands = { ruff: "ruff check --no-cache .", flake8: "flake8 .", mypy: "mypy --cache-dir=/dev/null ." };
    return configuredLinters(this.#at).flatMap((tool) => {
      if (this.#has(tool))
        return [this.#task(tool, `${this.#python} -m ${commands[tool]}`, install, { stage: "verify" })];
      this.#notes.push(`${tool} is configured, but neither among the requirements nor on this machine: it is no task`);
      return [];
    });
  }

  #service(
    service: NonNullable<ReturnType<typeof findService>["service"]>,
    collect: TaskDraft | undefined,
  ): ServiceDraft {
    const { run, migrate, writes, remarks } = service;
    const environment = this.#isThere
      ? []
      : [`${this.#folder}.venv/`, `!${this.#folder}.venv/lib/*/site-packages/pip/**`];
    return {
      name: "web",
      run: this.#in(run),
      files: [
        ...this.#sources(false).filter((pattern) => isOfService(pattern, this.#in(run))),
        ...environment,
        ...(collect?.outputs ?? []),
      ],
      ...(migrate !== undefined && { migrate: this.#in(migrate) }),
      ...(writes !== undefined && { writes: writes.map((one) => this.#folder + one) }),
      ...(remarks !== undefined && { remarks }),
    };
  }
}
