import { stepsOf } from "../../steps.ts";

/** What a service is started with. */
export interface PythonEnvironment {
  /** `python3`, `.venv/bin/python`. */
  readonly python: string;
  /** Whether a module can be run: it is on the machine, or is installed. */
  has(module: string): boolean;
}

/** What a line that starts an application comes to: preparations are a deployment's, not an instance's. */
export interface StartLine {
  /** What serves; `undefined` when it is nothing that is known, or its program is not there. */
  readonly run?: string;
  /** What changes the database. */
  readonly migrate?: string;
  /** Steps that are neither: they have to be tasks, or are not needed. */
  readonly left: readonly string[];
}

/** Where an instance listens, as servers take it. */
export const address = '"$HOST:$PORT"';
/** The same as two options. */
export const hostAndPort = '--host "$HOST" --port "$PORT"';

/** What is in front of a command where a manager keeps its environment. */
const runners = /^(?:exec\s+)?(?:(?:poetry|pipenv|pdm|hatch|rye)\s+run\s+|uv\s+run\s+(?:--?[\w-]+\s+)*)?(?:exec\s+)?/;
const migration = /\bmanage\.py\s+migrate\b|\bdb\s+upgrade\b|\balembic\b.*\bupgrade\b|\baerich\s+upgrade\b/;
/** Done by a task, by the shell, or for people who look. */
const needless = /\bcollectstatic\b|^(cd|echo|set|export|sleep|true)\b/;

/**
 * Takes such a line apart. Its server gets the address, each program becomes its module: what a script in `bin` says of its
 * interpreter is not true in a release. `target`: the application, for `flask db upgrade`, which finds it by itself only where
 * hidden files are.
 */
export function readStartLine(line: string, environment: PythonEnvironment, target?: string): StartLine {
  const steps = stepsOf(line)
    .map((step) => step.replace(runners, ""))
    .filter((step) => step !== "");
  const server = steps.at(-1);
  const isServer = server !== undefined && !migration.test(server) && !needless.test(server);
  const before = isServer ? steps.slice(0, -1) : steps;
  const run = isServer ? served(server, environment, target) : undefined;
  const migrations = before.filter((step) => migration.test(step)).map((step) => migrated(step, environment, target));
  const known = migrations.filter((step) => step !== undefined);
  return {
    ...(run !== undefined && { run }),
    ...(known.length > 0 && { migrate: known.join(" && ") }),
    left: before.filter((step) => !migration.test(step) && !needless.test(step)),
  };
}

/** `flask db upgrade`, told which application. */
export function flaskUpgrade({ python }: PythonEnvironment, target: string): string {
  return `FLASK_APP=${targetWord(target)} ${python} -m flask db upgrade`;
}

/** gunicorn takes `shop:create_app()`, in quotes for the shell. */
export function targetWord(target: string): string {
  return target.endsWith("()") ? `"${target}"` : target;
}

const moduleOfProgram: Readonly<Record<string, string>> = {
  gunicorn: "gunicorn",
  uvicorn: "uvicorn",
  hypercorn: "hypercorn",
  daphne: "daphne",
  "waitress-serve": "waitress",
  flask: "flask",
  alembic: "alembic",
  aerich: "aerich",
};

interface Words {
  readonly variables: string;
  readonly program: string;
  readonly rest: string;
}

function wordsOf(command: string): Words {
  const [, variables = "", program = "", rest = ""] = /^((?:\w+=\S*\s+)*)(\S+)(.*)$/s.exec(command) ?? [];
  return { variables, program, rest };
}

function served(command: string, { python, has }: PythonEnvironment, target: string | undefined): string | undefined {
  const { variables, program, rest } = wordsOf(command);
  if (/^(?:\.?\/?manage\.py)$/.test(program))
    return served(`${variables}python ${program}${rest}`, { python, has }, target);
  if (isPython(program)) {
    const [, module, words = ""] = /^\s+-m\s+(\S+)(.*)$/s.exec(rest) ?? [];
    if (module !== undefined)
      return has(module) ? `${variables}${python} -m ${module}${withAddress(module, words)}` : undefined;
    return /\brunserver\b/.test(rest) ? developmentDjango(variables, python) : `${variables}${python}${rest}`;
  }
  const module = moduleOfProgram[program];
  if (module === undefined || !has(module)) return undefined;
  const isNamed = target === undefined || /FLASK_APP=/.test(variables) || /\s(--app|-A)\b/.test(rest);
  const app = module === "flask" && !isNamed ? ` --app ${targetWord(target)}` : "";
  return `${variables}${python} -m ${module}${app}${withAddress(module, rest)}`;
}

function developmentDjango(variables: string, python: string): string {
  return `${variables}${python} manage.py runserver --noreload ${address}`;
}

function migrated(step: string, environment: PythonEnvironment, target: string | undefined): string | undefined {
  const { variables, program, rest } = wordsOf(step);
  const { python, has } = environment;
  if (/manage\.py$/.test(program)) return withoutInput(`${variables}${python} manage.py${rest}`);
  if (isPython(program)) return withoutInput(`${variables}${python}${rest}`);
  const module = moduleOfProgram[program];
  if (module === undefined || !has(module)) return undefined;
  const isTold = /FLASK_APP=/.test(variables) || /--app\b/.test(rest);
  if (module === "flask" && !isTold && target !== undefined) return flaskUpgrade(environment, target);
  return `${variables}${python} -m ${module}${rest}`;
}

/** Nobody is there to be asked. */
function withoutInput(command: string): string {
  return /manage\.py migrate\b/.test(command) && !/--no-?input\b/.test(command) ? `${command} --noinput` : command;
}

function isPython(program: string): boolean {
  return /^python[\d.]*$/.test(program);
}

function withAddress(module: string, words: string): string {
  // A port that is told stays as it is; a host that is told is everybody's, which only the gateway should be.
  const isSaid = /\$\{?PORT\b/.test(words);
  if (isSaid) return words;
  if (module === "gunicorn" || module === "hypercorn")
    return ` --bind ${address}${words.replace(/\s(?:-b|--bind)[ =]?\S+/g, "")}`;
  if (module === "uvicorn") return ` ${hostAndPort}${words.replace(/\s--(?:host|port)[ =]\S+|\s--reload\b/g, "")}`;
  if (module === "waitress") return ` --listen=${address}${words.replace(/\s--(?:host|port|listen)=\S+/g, "")}`;
  if (module === "daphne")
    return ` --bind "$HOST" --port "$PORT"${words.replace(/\s(?:-b|--bind|-p|--port)[ =]?\S+/g, "")}`;
  if (module === "flask")
    return `${words.replace(/\s(?:-h|--host|-p|--port)[ =]\S+|\s--(?:reload|debug)\b/g, "")} ${hostAndPort}`;
  return words;
}
