import type { Repository } from "../../repository.ts";
import { readToml } from "./toml.ts";

/** What a Python project needs, and how it says so. */
export interface Requirements {
  /** "pip", or the manager whose lock file is there; `undefined`: it needs nothing that it says. */
  readonly manager: "uv" | "Poetry" | "PDM" | "Pipenv" | "pip" | undefined;
  /** As pip reads them: "flask>=2; python_version > '3.8'". */
  readonly all: readonly string[];
  /** Those without which the project itself does not run; the others are for its tests and its people. */
  readonly own: readonly string[];
  /** The files that say it, in the order in which pip gets them; those that others include come after them. */
  readonly files: readonly string[];
  /** Files that pip is given with `-r`. */
  readonly given: readonly string[];
  /** Extras of the project that are for its tests. */
  readonly extras: readonly string[];
  has(name: string): boolean;
}

const testNames = /^(test|tests|testing|dev|develop|development)$/;
const locks = [
  ["uv.lock", "uv"],
  ["poetry.lock", "Poetry"],
  ["pdm.lock", "PDM"],
  ["Pipfile.lock", "Pipenv"],
] as const;

export function readRequirements(repository: Repository): Requirements {
  const lock = locks.find(([file]) => repository.has(file));
  const given = repository.entries.filter((entry) =>
    /^((dev|test)[-_])?requirements([-_](dev|tests?))?\.txt$/.test(entry),
  );
  const listed = readFiles(repository, given);
  const declared = declaredIn(repository);
  const own = ["pyproject.toml", "setup.cfg", "setup.py", "Pipfile"].filter((file) => repository.has(file));
  const all = given.length > 0 && lock === undefined ? listed.all : [...new Set([...declared.all, ...listed.all])];
  const names = new Set(all.map(nameOf));
  const plain = readFiles(
    repository,
    given.filter((file) => file === "requirements.txt"),
  ).all;
  const files = lock !== undefined ? [...own, lock[0]] : given.length > 0 ? listed.files : own;
  return {
    manager: lock?.[1] ?? (all.length > 0 ? "pip" : undefined),
    all,
    own: [...new Set([...declared.own, ...plain])],
    files,
    given: lock === undefined ? given : [],
    extras: declared.extras,
    has: (name) => names.has(nameOf(name)),
  };
}

/** Names are the same however they are written: `Flask_Login` is flask-login. */
function nameOf(requirement: string): string {
  return (/^[A-Za-z0-9][\w.-]*/.exec(requirement)?.[0] ?? requirement).toLowerCase().replace(/[._-]+/g, "-");
}

function readFiles(repository: Repository, given: readonly string[]) {
  const files: string[] = [];
  const all: string[] = [];
  const visit = (file: string): void => {
    if (files.includes(file) || !repository.has(file)) return;
    files.push(file);
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : "";
    for (const raw of repository
      .read(file)
      .replaceAll(/\\\r?\n/g, " ")
      .split(/\r?\n/)) {
      const line = raw.replace(/(^|\s)#.*$/, "").trim();
      const included = /^(?:-r|--requirement|-c|--constraint)[ =]?\s*(\S+)$/.exec(line)?.[1];
      if (included !== undefined) visit(`${folder}${included.replace(/^\.\//, "")}`);
      else if (/^(-e|--editable)\b|:\/\//.test(line)) all.push(line);
      else if (line !== "" && !line.startsWith("-")) all.push(line.replace(/\s+--hash=\S+/g, ""));
    }
  };
  given.forEach(visit);
  return { files, all: [...new Set(all)] };
}

interface Declared {
  readonly all: string[];
  readonly own: string[];
  readonly extras: string[];
}

function declaredIn(repository: Repository): Declared {
  const toml = readToml(repository.read("pyproject.toml"));
  const list = (table: string, key: string) => {
    const value = toml.get(table)?.get(key);
    return Array.isArray(value) ? (value as readonly string[]) : [];
  };
  const optional = [...(toml.get("project.optional-dependencies")?.keys() ?? [])].filter((key) => testNames.test(key));
  const groups = [...(toml.get("dependency-groups")?.keys() ?? [])].filter((key) => testNames.test(key));
  const poetry = [...toml.keys()].filter((key) =>
    /^tool\.poetry\.((dev-)?dependencies|group\.\w+\.dependencies)$/.test(key),
  );
  const namesIn = (key: string) => [...(toml.get(key)?.keys() ?? [])].filter((name) => name !== "python");
  const pipfile = readToml(repository.read("Pipfile"));
  return {
    all: [
      ...list("project", "dependencies"),
      ...optional.flatMap((key) => list("project.optional-dependencies", key)),
      ...groups.flatMap((key) => list("dependency-groups", key)),
      ...poetry.flatMap(namesIn),
      ...["packages", "dev-packages"].flatMap((key) => [...(pipfile.get(key)?.keys() ?? [])]),
      ...installRequires(repository),
    ],
    own: [
      ...list("project", "dependencies"),
      ...namesIn("tool.poetry.dependencies"),
      ...(pipfile.get("packages")?.keys() ?? []),
      ...installRequires(repository),
    ],
    extras: optional,
  };
}

function installRequires(repository: Repository): string[] {
  const lines = /^install_requires\s*=((?:\s*\n[ \t]+.*|.*)+)/m.exec(repository.read("setup.cfg"))?.[1] ?? "";
  const list = /install_requires\s*=\s*\[([^\]]*)\]/.exec(repository.read("setup.py"))?.[1] ?? "";
  const fromScript = [...list.matchAll(/["']([^"']+)["']/g)].map(([, text]) => text!);
  return [...lines.split("\n").map((line) => line.replace(/#.*$/, "").trim()), ...fromScript].filter(
    (one) => one !== "",
  );
}
