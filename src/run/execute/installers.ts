import { existsSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "../../errors/shell-word.ts";
import type { Graph, GraphTask } from "../../graph/graph.ts";
import type { MissingThing } from "../../runner/commands/error-lines.ts";

/** Where the packages of a language are, and what brings them: the first file that is there decides. */
interface Ecosystem {
  readonly folders: readonly string[];
  readonly installs: readonly (readonly [file: string, command: string])[];
  /** Adds one that the project does not name yet. */
  readonly adds: readonly (readonly [file: string, command: string])[];
}

const node: Ecosystem = {
  folders: ["node_modules"],
  installs: [
    ["pnpm-lock.yaml", "pnpm install --frozen-lockfile"],
    ["yarn.lock", "yarn install"],
    ["package-lock.json", "npm ci"],
    ["package.json", "npm install"],
  ],
  adds: [
    ["pnpm-lock.yaml", "pnpm add"],
    ["yarn.lock", "yarn add"],
    ["package.json", "npm install"],
  ],
};

const python: Ecosystem = {
  folders: [".venv", "venv"],
  installs: [
    ["uv.lock", "uv sync"],
    ["poetry.lock", "poetry install"],
    ["requirements.txt", "python3 -m pip install -r requirements.txt"],
    ["pyproject.toml", "python3 -m pip install ."],
  ],
  adds: [],
};

/** Knows what brings the packages that a task missed. */
export class Installers {
  readonly #projectFolder: string;
  readonly #graph: Graph;

  constructor(projectFolder: string, graph: Graph) {
    this.#projectFolder = projectFolder;
    this.#graph = graph;
  }

  /** What is missing, and the task or the command that brings it. */
  advice(task: GraphTask, { kind, name }: MissingThing): string {
    const fetched = fetching(kind, name);
    if (fetched !== undefined) return fetched;
    if (kind === "goModule") return `The module of ${name} is not in go.mod: go get ${shellWord(name)}`;
    const what = kind === "program" ? `There is no program ${name}` : `${name} is not installed`;
    const ways = this.#ways(task, kind === "pythonModule" ? python : node, kind === "module" ? name : undefined);
    if (ways.length > 0) return `${what}: ${ways.join("; ")}`;
    return kind === "program" ? `${what} in PATH: install it, or correct the name in \`run\`.` : `${what}.`;
  }

  #ways(task: GraphTask, ecosystem: Ecosystem, toAdd: string | undefined): string[] {
    const installer = [...this.#graph.values()].find((each) => each.name !== task.name && brings(each, ecosystem));
    const command = this.#first(ecosystem.installs);
    const add = toAdd === undefined ? undefined : this.#first(ecosystem.adds);
    const brought = [
      ...(installer === undefined || this.#isBehind(task, installer.name)
        ? []
        : [`task "${installer.name}" brings it: add ${installer.name} to \`needs\` of "${task.name}"`]),
      ...(installer === undefined && command !== undefined && !this.#isInstalled(ecosystem) ? [command] : []),
    ];
    if (add === undefined) return brought;
    const line = `${add} ${shellWord(toAdd!)}`;
    return [...brought, brought.length === 0 ? line : `if package.json does not name it yet: ${line}`];
  }

  #isBehind(task: GraphTask, name: string, seen = new Set<string>()): boolean {
    return task.needs.some((need) => {
      if (need === name) return true;
      if (seen.has(need)) return false;
      seen.add(need);
      const next = this.#graph.get(need);
      return next !== undefined && this.#isBehind(next, name, seen);
    });
  }

  #isInstalled({ folders }: Ecosystem): boolean {
    return folders.some((folder) => existsSync(join(this.#projectFolder, folder)));
  }

  #first(ways: readonly (readonly [file: string, command: string])[]): string | undefined {
    return ways.find(([file]) => existsSync(join(this.#projectFolder, file)))?.[1];
  }
}

/** What comes from elsewhere and could not be had; `undefined` when it is something that is installed. */
function fetching(kind: MissingThing["kind"], name: string): string | undefined {
  switch (kind) {
    case "distribution":
      return (
        `pip found ${name} in no package index that it reached. Whether one has it: python3 -m pip download --no-deps ${shellWord(name)}\n` +
        "PIP_INDEX_URL names another index; else change the requirement to a version that there is."
      );
    case "goVersion":
      return `Go ${name.replace(/^go/, "")} is needed: install it, or let Go fetch it where its proxy is within reach: GOTOOLCHAIN=auto`;
    case "goDownload":
      return (
        `Go could not fetch ${name}: the proxy in GOPROXY is out of reach. Where it is not: go mod download\n` +
        "Or have the modules in the repository, then nothing is fetched: go mod vendor"
      );
    case "pnpmVersion":
      return (
        `pnpm could not fetch ${name}, the version that packageManager in package.json names. Install it: npm install --global ${shellWord(name)}\n` +
        "Or keep the pnpm that is there: echo manage-package-manager-versions=false >> .npmrc\n" +
        "(pnpm 11 and later: echo 'pmOnFail: ignore' >> pnpm-workspace.yaml)"
      );
    case "dockerDaemon":
      return "No Docker daemon answers here: start it, or run this task where there is one.";
    default:
      return undefined;
  }
}

function brings({ patterns }: GraphTask, { folders }: Ecosystem): boolean {
  return patterns.outputs.some(({ pattern }) => folders.includes(pattern.base));
}
