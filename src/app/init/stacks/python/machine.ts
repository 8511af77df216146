import { execFile } from "node:child_process";
import type { Variables } from "../../../../git/ask-git.ts";
import { findProgram } from "../../../../inputs/tools.ts";

/** A Python of this machine, and what it has. */
export interface MachinePython {
  /** As a command says it: `python3`, or where it lies. */
  readonly command: string;
  /** Of what was asked for, what it has not, or not in the version that is wanted. */
  readonly missing: readonly string[];
  /** Of the modules that were asked for, those that it has. */
  readonly modules: ReadonlySet<string>;
}

/** What this machine has for Python. */
export interface PythonMachine {
  /** The Python that has most of it; `undefined`: there is none. */
  readonly python: MachinePython | undefined;
  /** Why the caller's own Python does not start, in its own words: a version that is asked for and not there. */
  readonly broken?: string;
  hasProgram(name: string): boolean;
}

/** The modules that decide how an application is started and tested. */
const modules = (
  "gunicorn uvicorn waitress hypercorn daphne flask django flask_migrate alembic aerich pytest ruff flake8 mypy " +
  "venv ensurepip"
).split(" ");
const servers = ["gunicorn", "uvicorn", "waitress", "hypercorn"];
const limitMs = 20_000;

/** The project's own modules are not those of the machine: where it runs is no place to look for them. */
const script = `
import sys
sys.path = [place for place in sys.path if place not in ("", ".")]
import json, re
from importlib import metadata, util
asked = json.load(sys.stdin)
try:
    from packaging.requirements import Requirement
except Exception:
    try:
        from pip._vendor.packaging.requirements import Requirement
    except Exception:
        Requirement = None
def lacks(text):
    try:
        if Requirement is None:
            metadata.version(re.match(r"[A-Za-z0-9._-]+", text).group(0))
            return False
        wanted = Requirement(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            return False
        return not wanted.specifier.contains(metadata.version(wanted.name), prereleases=True)
    except Exception:
        return True
def has(module):
    try:
        return util.find_spec(module) is not None
    except Exception:
        return False
print(json.dumps({"missing": [one for one in asked["requirements"] if lacks(one)], "modules": [one for one in asked["modules"] if has(one)]}))
`;

interface LookForPython {
  /** Where the project is: managers of versions go by files in it. */
  readonly folder: string;
  readonly requirements: readonly string[];
  /** Modules that are asked for, besides the usual ones. */
  readonly imports: readonly string[];
  /** Whether one that lacks some of the requirements does, too. */
  readonly suffices: (python: MachinePython) => boolean;
  /** Whether there is an application to be served. */
  readonly serves: boolean;
}

/** Asks the Pythons of this machine: the caller's first, and that of the system, which the system's packages belong to. */
export async function lookForPython(
  { folder, requirements, imports, suffices, serves }: LookForPython,
  variables: Variables,
): Promise<PythonMachine> {
  const path = variables.PATH ?? "/usr/bin:/bin";
  const hasProgram = (name: string) => findProgram(name, path, "/") !== undefined;
  const ofSystem = path.split(":").includes("/usr/bin") ? ["/usr/bin/python3"] : [];
  const commands = ["python3", ...ofSystem].filter(hasProgram);
  const found = await Promise.all(
    commands.map((command) => ask(command, { folder, requirements, imports }, variables)),
  );
  const pythons = found.flatMap((one) => ("broken" in one ? [] : [one]));
  const [first] = found;
  const whole = pythons.filter(({ missing }) => missing.length === 0);
  // Where an application is to be served, one with a server for it is worth more than the first one.
  const serving = whole.find(({ modules }) => serves && servers.some((name) => modules.has(name)));
  const best = serving ?? whole[0] ?? pythons.find(suffices) ?? pythons[0];
  return { python: best, ...(first !== undefined && "broken" in first && first), hasProgram };
}

function ask(
  command: string,
  { folder, requirements, imports }: Omit<LookForPython, "serves" | "suffices">,
  variables: Variables,
): Promise<MachinePython | { readonly broken: string }> {
  const { PATH, HOME, PYENV_VERSION, PYENV_ROOT } = variables;
  const env = { PATH, HOME, PYENV_VERSION, PYENV_ROOT };
  return new Promise((resolve) => {
    const child = execFile(command, ["-c", script], { cwd: folder, env, timeout: limitMs }, (_, stdout, stderr) =>
      resolve(answerOf(command, stdout) ?? { broken: stderr.trim().split("\n")[0] ?? "" }),
    );
    child.stdin?.on("error", () => {}).end(JSON.stringify({ requirements, modules: [...modules, ...imports] }));
  });
}

function answerOf(command: string, stdout: string): MachinePython | undefined {
  try {
    const { missing, modules } = JSON.parse(stdout) as { missing: string[]; modules: string[] };
    return { command, missing, modules: new Set(modules) };
  } catch {
    return undefined;
  }
}
