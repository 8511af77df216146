import { posix } from "node:path";
import { outermost } from "../../../../files/outermost.ts";
import type { Repository } from "../../repository.ts";
import { sourceFiles } from "../../source-files.ts";
import type { Application, DjangoProject } from "./application.ts";
import type { PythonEnvironment } from "./start-line.ts";
import { flaskUpgrade } from "./start-line.ts";

const notServed =
  /(^|\/)(tests?|docs?|examples?|migrations|alembic)\/|(^|\/)(conftest|tests?|test_[^/]*|[^/]*_test)\.py$/;
const databaseFile = /["'/]((?:[\w.-]+\/)*\w[\w.-]*\.(?:sqlite3?|db))["']/g;
/** A path that begins at the root of the machine is no part of a release; `basedir + "/app.db"` does not begin there. */
const fromRoot = /sqlite:\/{4}[\w./-]*$|(?<!\+\s*)["']\/$/;
/** So much of what stands before a name says what it is. */
const longestBefore = 200;

/**
 * What an application writes beside its code: SQLite databases by their names, and the folder that Flask keeps for it. Each
 * environment gets its own, as no release can be written to.
 */
export function writtenBeside(repository: Repository, application: Application | undefined): string[] {
  const files = sourceFiles(repository, (path) => path.endsWith(".py") && !notServed.test(path));
  const texts = files.map((file) => ({ file, text: repository.read(file).replace(/(^|\s)#.*$/gm, "$1") }));
  const isFlask = application?.framework === "Flask";
  const makesInstance = isFlask && texts.some(({ text }) => /\binstance_path\b/.test(text));
  const databases = texts
    .filter(({ text }) => /sqlite/i.test(text) && !/TIDEGATE_DATA_DIR/.test(text))
    .flatMap(({ file, text }) => databasesIn(file, text, isFlask && /SQLALCHEMY_DATABASE_URI/.test(text)));
  return outermost([...(makesInstance ? ["instance/"] : []), ...databases]);
}

function databasesIn(file: string, text: string, isFlaskSqlAlchemy: boolean): string[] {
  const folder = folderSaidIn(file, text);
  return [...text.matchAll(databaseFile)].flatMap(({ index, 1: name = "" }) => {
    if (/(^|[-_.])tests?([-_.]|$)/.test(name) || /\bbackends\./.test(name)) return [];
    const before = text.slice(Math.max(0, index - longestBefore), index + 1);
    if (fromRoot.test(before)) return [];
    // A path in a URL is relative to where it runs.
    const isUrl = /sqlite(?:\+\w+)?:\/\/\/(?:\.\/)?$/.test(before);
    if (isUrl && isFlaskSqlAlchemy) return ["instance/"];
    const path = posix.normalize(isUrl ? name : folder + name);
    return path.startsWith("../") ? [] : [path];
  });
}

/** The folder that a file means by `basedir` or `BASE_DIR`: as many above it as it says. */
function folderSaidIn(file: string, text: string): string {
  const line = text.split("\n").find((one) => /__file__|root_path/.test(one)) ?? "";
  const ups = [...line.matchAll(/dirname\(|\.parent\b|pardir|["']\.\.["']/g)].length + Number(/root_path/.test(line));
  const folders = file.split("/").slice(0, -1);
  if (ups === 0) return "";
  return folders
    .slice(0, Math.max(0, folders.length - ups + 1))
    .map((name) => `${name}/`)
    .join("");
}

/** How the database is brought to where the code expects it, where nobody has said it. */
export function usualMigration(
  repository: Repository,
  environment: PythonEnvironment,
  { django, application }: { readonly django?: DjangoProject; readonly application?: Application },
): string | undefined {
  const { python, has } = environment;
  if (django !== undefined) {
    const hasDatabase = /\bDATABASES\b/.test(repository.read(django.settingsFile)) || django.settingsFile === "";
    return hasDatabase ? `${python} manage.py migrate --noinput` : undefined;
  }
  if (repository.has("migrations/env.py") && has("flask_migrate") && application !== undefined)
    return flaskUpgrade(environment, application.target);
  return repository.has("alembic.ini") && has("alembic") ? `${python} -m alembic upgrade head` : undefined;
}
