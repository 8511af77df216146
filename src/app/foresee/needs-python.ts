import { posix } from "node:path";
import { type CommandNeed, inProject } from "./command-need.ts";
import type { ProjectFiles } from "./project-files.ts";

type Words = readonly (string | undefined)[];

/** Options of the interpreter's that take the next word. */
const values = new Set(["-X", "-W"]);

/** `python3 app.py`, `python3 -m package.module`, `python3 -m gunicorn app:app`. */
export function pythonNeeds(words: Words, folder: string, files: ProjectFiles): CommandNeed[] {
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === undefined || word === "-c") return [];
    if (word === "-m") return namedModule(words.slice(at + 1), folder, files);
    if (values.has(word)) at += 1;
    else if (!word.startsWith("-")) {
      const path = inProject(folder, word);
      return path === undefined || path === ""
        ? []
        : [{ is: "file", anyOf: [path, `${path}/__main__.py`], isFirst: true }];
    }
  }
  return [];
}

function namedModule([name, ...words]: Words, folder: string, files: ProjectFiles): CommandNeed[] {
  if (name === undefined) return [];
  return isOwn(name, folder, files) ? [moduleFile(name, folder, "__main__")] : moduleNeeds(name, words, folder, files);
}

/** Servers that take the application as `package.module:name`. */
const servers = new Set(["gunicorn", "uvicorn", "hypercorn", "daphne", "waitress-serve", "granian"]);
/** They look for it elsewhere then. */
const elsewhere = /^(--chdir|--app-dir|--pythonpath|--factory-dir|-c|--config)\b/;

/** The module that a Python program loads, when it is one of the project's own. */
export function moduleNeeds(program: string, words: Words, folder: string, files: ProjectFiles): CommandNeed[] {
  if (words.some((word) => word === undefined || elsewhere.test(word))) return [];
  const given = servers.has(program)
    ? words.find((word) => /^[A-Za-z_][\w.]*:[A-Za-z_]/.test(word ?? ""))
    : optionOf(words, program === "flask" ? ["--app", "-A"] : program === "celery" ? ["-A", "--app"] : []);
  const name = /^([A-Za-z_][\w.]*)(:|$)/.exec(given ?? "")?.[1];
  return name !== undefined && isOwn(name, folder, files) ? [moduleFile(name, folder, "__init__")] : [];
}

function optionOf(words: Words, options: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word !== undefined && options.includes(word));
  return at === -1 ? undefined : words[at + 1];
}

/** Otherwise it is an installed one, or found by a way that is not known. */
function isOwn(name: string, folder: string, files: ProjectFiles): boolean {
  const top = posix.join(folder, name.split(".")[0]!);
  return files.isFile(`${top}.py`) || files.namesIn(top).some((each) => each.endsWith(".py"));
}

function moduleFile(name: string, folder: string, ofPackage: string): CommandNeed {
  const path = posix.join(folder, name.replaceAll(".", "/"));
  return { is: "file", anyOf: [`${path}.py`, `${path}/${ofPackage}.py`], isFirst: true };
}
