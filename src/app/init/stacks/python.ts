import type { StackDraft, TaskDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

interface Installer {
  readonly name: string;
  readonly install?: TaskDraft;
  /** What stands before `python …` and `pytest`. */
  readonly prefix: string;
}

/** uv, Poetry, or pip in a virtual environment of the project. */
export function pythonStack(repository: Repository): StackDraft | undefined {
  const marks = ["pyproject.toml", "requirements.txt", "setup.py", "setup.cfg"];
  if (!marks.some((file) => repository.has(file))) return undefined;
  const installer = installerOf(repository);
  const name = /^name\s*=\s*["']([^"']+)["']/m.exec(repository.read("pyproject.toml"))?.[1];
  const test = testTask(repository, installer);
  return {
    found: `Python (${installer.name})`,
    ...(name === undefined ? {} : { name }),
    tasks: [...(installer.install === undefined ? [] : [installer.install]), ...(test === undefined ? [] : [test])],
  };
}

function installerOf(repository: Repository): Installer {
  if (repository.has("uv.lock")) {
    return {
      name: "uv",
      prefix: "uv run --frozen ",
      install: install("uv sync --frozen", ["pyproject.toml", "uv.lock"]),
    };
  }
  if (repository.has("poetry.lock")) {
    const run = "POETRY_VIRTUALENVS_IN_PROJECT=true poetry install --no-interaction";
    return { name: "Poetry", prefix: "poetry run ", install: install(run, ["pyproject.toml", "poetry.lock"]) };
  }
  if (!repository.has("requirements.txt")) return { name: "standard library", prefix: "" };
  const requirements = repository.entries.filter((entry) => /^(dev-|test-)?requirements.*\.txt$/.test(entry));
  const files = requirements.map((file) => `-r ${file}`).join(" ");
  return {
    name: "pip",
    prefix: ".venv/bin/",
    install: install(`python3 -m venv .venv && .venv/bin/pip install --quiet ${files}`, requirements),
  };
}

function install(run: string, inputs: readonly string[]): TaskDraft {
  return { name: "install", run, inputs, outputs: [".venv/"] };
}

function testTask(repository: Repository, { prefix, install }: Installer): TaskDraft | undefined {
  const folder = ["tests", "test"].find((name) => repository.has(name));
  const settings = ["pyproject.toml", "requirements.txt", "setup.cfg", "requirements-dev.txt", "uv.lock"];
  const usesPytest = repository.has("pytest.ini") || settings.some((file) => /\bpytest\b/.test(repository.read(file)));
  if (!usesPytest && folder === undefined) return undefined;
  const unittest = `${prefix === "" ? "python3" : `${prefix}python`} -m unittest discover`;
  const run = usesPytest ? `${prefix}pytest` : `${unittest} ${folder === undefined ? "" : `-s ${folder} -t .`}`.trim();
  const needs = install === undefined ? [] : ["install"];
  return { name: "test", run, needs, inputs: sourcePatterns(repository, { withTests: true }), stage: "verify" };
}
