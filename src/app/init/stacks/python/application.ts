import type { Repository } from "../../repository.ts";
import { sourceFiles } from "../../source-files.ts";

/** What a server of Python applications is given. */
export interface Application {
  /** `shop.main:app`, `shop:create_app()`. */
  readonly target: string;
  readonly kind: "wsgi" | "asgi";
  readonly framework: string;
  /** The folder that its modules are imported from; "": that of the project. */
  readonly importedFrom: string;
  /** The file that says it. */
  readonly file: string;
}

/** A project of Django, as its manage.py says. */
export interface DjangoProject {
  /** The module of its settings, and their file; "": it was not found. */
  readonly settings: string;
  readonly settingsFile: string;
  readonly application: Application | undefined;
}

const frameworks: Readonly<Record<string, Application["kind"]>> = {
  Flask: "wsgi",
  Bottle: "wsgi",
  FastAPI: "asgi",
  Starlette: "asgi",
  Quart: "asgi",
  Litestar: "asgi",
  BlackSheep: "asgi",
};
const aside =
  /(^|\/)(tests?|docs?|examples?|samples?|scripts|migrations|alembic|benchmarks?|node_modules)\/|(^|\/)(setup|conftest|test_[^/]*|[^/]*_test)\.py$/;
const constructed = new RegExp(
  `^(\\w+)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)?(${Object.keys(frameworks).join("|")})\\(`,
  "m",
);
const factoryNames = "create_app|make_app|build_app|get_app|create_application|get_application|init_app|app_factory";
const called = new RegExp(`^(app|application|api|server)\\s*(?::[^=\\n]+)?=\\s*(?:\\w+\\.)*(${factoryNames})\\(`, "m");
const factory = new RegExp(`^def (${factoryNames})\\(([^)]*)\\)`, "m");
const usualFiles = ["wsgi", "asgi", "main", "app", "application", "server", "run", "api", "__init__"];

/** The application object of the project, found in its sources; `undefined`: none. */
export function findApplication(repository: Repository): Application | undefined {
  const files = sourceFiles(repository, (path) => path.endsWith(".py") && !aside.test(path));
  const texts = new Map(files.map((file) => [file, repository.read(file)]));
  const all = [...texts.values()].join("\n");
  // Where a factory is called, another file says what it makes.
  const usual = Object.keys(frameworks).find((name) => new RegExp(`\\b${name}\\(`).test(all));
  const found = [...texts].flatMap(([file, text]) => {
    const said = saidIn(text, usual);
    return said === undefined ? [] : [{ file, ...said, order: [said.order, rankOf(file), file.split("/").length] }];
  });
  const best = found.sort((a, b) => compare(a.order, b.order))[0];
  if (best === undefined) return undefined;
  const { module, importedFrom } = moduleOf(best.file, texts);
  const { framework, name, file } = best;
  return { target: `${module}:${name}`, kind: frameworks[framework]!, framework, importedFrom, file };
}

/** What a file says of an application: the object, the object that a factory made, or the factory itself. */
function saidIn(text: string, usual: string | undefined) {
  const made = constructed.exec(text);
  if (made !== null) return { name: made[1]!, framework: made[2]!, order: 0 };
  const framework = Object.keys(frameworks).find((name) => new RegExp(`\\b${name}\\(`).test(text)) ?? usual;
  if (framework === undefined) return undefined;
  const object = called.exec(text);
  if (object !== null) return { name: object[1]!, framework, order: 0 };
  const [, name, parameters = ""] = factory.exec(text) ?? [];
  const needsNothing = parameters.split(",").every((one) => one.trim() === "" || /[=*]/.test(one));
  return name === undefined || !needsNothing ? undefined : { name: `${name}()`, framework, order: 1 };
}

function rankOf(file: string): number {
  const index = usualFiles.indexOf(file.split("/").at(-1)!.replace(/\.py$/, ""));
  return index === -1 ? usualFiles.length : index;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : a[at]! - b[at]!;
}

/**
 * The name by which a file is imported, and from where: the folder above its packages. A folder that is no package is part of
 * the name when somebody imports it so, and is where imports begin when files beside it import each other by bare names.
 */
function moduleOf(file: string, texts: ReadonlyMap<string, string>) {
  const folders = file.split("/").slice(0, -1);
  const has = (depth: number) => texts.has([...folders.slice(0, depth), "__init__.py"].join("/"));
  let top = folders.length;
  while (top > 0 && has(top)) top -= 1;
  const above = folders.slice(0, top);
  const isNamed = above.length > 0 && [...texts.values()].some((text) => importOf(above.join(".")).test(text));
  const from = isNamed ? [] : above;
  const names = [...folders.slice(from.length), file.split("/").at(-1)!.replace(/\.py$/, "")];
  return {
    module: names.filter((name) => name !== "__init__").join("."),
    importedFrom: from.length === 0 ? "" : `${from.join("/")}/`,
  };
}

function importOf(module: string): RegExp {
  return new RegExp(`^\\s*(?:from|import)\\s+${module.replaceAll(".", "\\.")}(?:\\.|\\s)`, "m");
}

/** `undefined`: there is no manage.py of Django's. */
export function findDjango(repository: Repository): DjangoProject | undefined {
  const manage = repository.read("manage.py");
  if (!/django/i.test(manage)) return undefined;
  const settings = /DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)["']/.exec(manage)?.[1] ?? "";
  const path = settings.replaceAll(".", "/");
  const settingsFile =
    [`${path}.py`, `${path}/__init__.py`].find((one) => settings !== "" && repository.has(one)) ?? "";
  const server = (name: "wsgi" | "asgi"): Application | undefined => {
    const file = sourceFiles(repository, (one) => one.endsWith(`${name}.py`)).find((one) =>
      new RegExp(`get_${name}_application`).test(repository.read(one)),
    );
    if (file === undefined) return undefined;
    const target = `${file.replace(/\.py$/, "").replaceAll("/", ".")}:application`;
    return { target, kind: name, framework: "Django", importedFrom: "", file };
  };
  return { settings, settingsFile, application: server("wsgi") ?? server("asgi") };
}
