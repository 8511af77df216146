import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { shellWord } from "../../../../errors/shell-word.ts";
import type { Variables } from "../../../../git/ask-git.ts";
import { findProgram } from "../../../../inputs/tools.ts";
import { applicationFolders } from "../../application-folders.ts";
import { readDockerfile } from "../../dockerfile.ts";
import type { Left, ServiceDraft, StackDraft, TaskDraft } from "../../draft.ts";
import { keyOf } from "../../identifiers.ts";
import { inFolder } from "../../in-folder.ts";
import { type Procfile, readProcfile } from "../../procfile.ts";
import type { Repository } from "../../repository.ts";
import { sourceFiles } from "../../source-files.ts";
import { sourcePatterns } from "../../sources.ts";
import { howItListens } from "./listen.ts";
import { findMains, type MainPackage, nameOf } from "./mains.ts";

/** What decides how modules are compiled; where they come from is what every task is told. */
const env = ["GOFLAGS", "GOTOOLCHAIN", "GOPATH", "GOCACHE", "CGO_ENABLED"];
const outputFolders = ["bin/", "build/", "out/"];
/** Folders that programs read when they run, unless they are built into them. */
const readWhenRun = /^(templates?|static|public|views|assets|web|www|migrations|locales|config|configs)\/$/;

/** Go: at the top of the repository, or in the one folder that has a module. */
export async function goStack(repository: Repository, variables: Variables): Promise<StackDraft | undefined> {
  const folder = folderOf(repository);
  if (folder === undefined) return undefined;
  const isModule = repository.has(`${folder}go.mod`);
  const foreign = isModule ? [] : foreignImports(repository);
  if (foreign.length > 0) return { found: "Go", tasks: [], left: [withoutModule(foreign, repository.name)] };
  // As it was before there were modules: the standard library is all that it needs.
  const before = isModule ? "" : "GO111MODULE=off ";
  const at = folder === "" ? repository : repository.below(folder);
  const module = /^module\s+(\S+)/m.exec(at.read("go.mod"))?.[1] ?? "";
  const mains = findMains(at, module);
  const output = outputFolders.find((one) => !at.has(one)) ?? ".build/";
  const inputs = sourcePatterns(at, { withTests: true }).map((pattern) => folder + pattern);
  const task = (name: string, command: string, more: Partial<TaskDraft>): TaskDraft => ({
    name,
    run: inFolder(folder, before + command),
    inputs,
    env,
    ...more,
  });
  const served = serviceOf(at, mains);
  const name = nameOf(module);
  const missing = (await versionNote(at, variables)) ?? modulesNote(at, variables);
  const notes = [...(missing === undefined ? [] : [missing]), ...(served.note === undefined ? [] : [served.note])];
  return {
    found: "Go",
    ...(folder !== "" && { folder: folder.replace(/\/$/, "") }),
    ...(name === "" ? {} : { name }),
    tasks: [
      task("vet", "go vet ./...", { stage: "verify" }),
      mains.length === 0
        ? task("build", "go build ./...", {})
        : task("build", buildsOf(mains, output, isModule), { outputs: [folder + output] }),
      task("test", "go test ./...", { stage: "verify" }),
    ],
    services: served.main === undefined ? [] : [draftOf(served.main, served.run, { at, folder, output })],
    ...(notes.length > 0 && { notes }),
  };
}

function folderOf(repository: Repository): string | undefined {
  if (repository.has("go.mod")) return "";
  if (repository.entries.some((entry) => /^(?!.*_test\.go$).*\.go$/.test(entry))) return "";
  const found = applicationFolders(repository).filter((entry) => repository.has(`${entry}go.mod`));
  return found.length === 1 ? found[0] : undefined;
}

/** One call builds programs into a folder; one whose name another has, too, or that has none yet, gets a call and a name. */
function buildsOf(mains: readonly MainPackage[], output: string, isModule: boolean): string {
  const isNamed = ({ path }: MainPackage) => isModule || path !== ".";
  const build = (target: string, built: readonly MainPackage[]) =>
    ["go build -o", ...[target, ...built.map(({ path }) => path)].map(shellWord)].join(" ");
  const names = new Set<string>();
  const together = mains.filter((main) => isNamed(main) && names.size < names.add(main.name).size);
  const single = mains.filter((main) => !together.includes(main));
  return [
    ...(together.length === 0 ? [] : [build(output, together)]),
    ...single.map((main) =>
      build(output + (isNamed(main) ? main.path.slice(2).replaceAll("/", "-") : main.name), [main]),
    ),
  ].join(isModule ? " && " : " && GO111MODULE=off ");
}

/** Packages that are neither of the standard library nor in the folder itself, where no go.mod says which they are. */
function foreignImports(repository: Repository): string[] {
  const files = sourceFiles(repository, (path) => path.endsWith(".go") && !/(^|\/)(vendor|testdata)\//.test(path));
  const blocks = files.flatMap((file) => [
    ...repository.read(file).matchAll(/^import\s+(?:\(([^)]*)\)|(?:[\w.]+\s+)?("[^"]+"))/gm),
  ]);
  const paths = blocks.flatMap(([, block, one]) =>
    [...(block ?? one ?? "").matchAll(/"([^"]+)"/g)].map(([, path]) => path!),
  );
  return [...new Set(paths.filter((path) => path.split("/")[0]!.includes(".")))].sort();
}

function withoutModule(foreign: readonly string[], name: string): Left {
  const more = foreign.length === 1 ? "" : ` and ${foreign.length - 1} more`;
  const commands = `go mod init ${keyOf(name)} && go mod tidy && tidegate init --force`;
  const why = `there is none, and the sources import ${foreign[0]}${more}: ${commands}`;
  return { where: "go.mod", why };
}

interface Served {
  readonly main?: MainPackage;
  /** What stands before and behind the program's path. */
  readonly run: readonly [string, string];
  readonly note?: string;
}

/** The program that listens; of several, the one that Procfile or Dockerfile start, or that is called like a server. */
function serviceOf(repository: Repository, mains: readonly MainPackage[]): Served {
  const procfile = readProcfile(repository);
  const { command } = readDockerfile(repository) ?? {};
  const started = [procfile.web ?? "", typeof command === "string" ? command : (command?.join(" ") ?? "")].join(" ");
  const listening = mains.map((main) => ({ main, listens: howItListens(main.text) }));
  const told = listening.filter(({ listens }) => listens.how === "told");
  const isStarted = ({ name }: MainPackage) => started.split(/[\s/]+/).includes(name);
  const isServer = ({ name }: MainPackage) => /^(server|web|api|app|http|httpd|serve)$|server$/.test(name);
  const chosen = told.find(({ main }) => isStarted(main)) ?? told.find(({ main }) => isServer(main)) ?? told[0];
  if (chosen === undefined) {
    const fixed = listening.find(({ listens }) => listens.how === "fixed");
    const at = fixed?.listens.how === "fixed" ? fixed.listens.at : "";
    const note = `${fixed?.main.path} listens on ${at}: a service has to listen on the port in PORT, so none was written`;
    return { run: ["", ""], ...(fixed !== undefined && { note }) };
  }
  const others = told.filter((one) => one !== chosen).map(({ main }) => main.path);
  const { listens } = chosen;
  const run =
    fromProcfile(procfile, chosen.main) ??
    (listens.how === "told" ? ([listens.variables, listens.words] as const) : (["", ""] as const));
  const note = `${others.join(", ")} listen${others.length === 1 ? "s" : ""}, too: add a service for each that is to run, with a route of its own`;
  return { main: chosen.main, run, ...(others.length > 0 && { note }) };
}

/** The words behind the program, where the Procfile says how the port gets in. */
function fromProcfile({ web = "" }: Procfile, { name }: MainPackage): readonly [string, string] | undefined {
  const [, program = "", words = ""] = /^(\S+)(.*)$/.exec(web) ?? [];
  return program.split("/").at(-1) === name && /\$\{?PORT/.test(words) ? ["", words] : undefined;
}

interface Built {
  readonly at: Repository;
  readonly folder: string;
  readonly output: string;
}

function draftOf(
  main: MainPackage,
  [before, behind]: readonly [string, string],
  { at, folder, output }: Built,
): ServiceDraft {
  const program = `${output}${main.name}`;
  const read = at.entries.filter((entry) => readWhenRun.test(entry) && main.text.includes(`"${entry.slice(0, -1)}`));
  const alsoRead = at.entries.filter(
    (entry) => readWhenRun.test(entry) && main.text.includes(`"./${entry.slice(0, -1)}`),
  );
  const folders = [...new Set([...read, ...alsoRead])].map((entry) => `${folder}${entry}**`);
  return {
    name: "web",
    run: inFolder(folder, `${before}${folder === "" && before === "" ? "" : "./"}${shellWord(program)}${behind}`),
    files: [folder + program, ...folders],
  };
}

/** What stands against building here: no Go, or one that is older than the module asks for. */
async function versionNote(repository: Repository, variables: Variables): Promise<string | undefined> {
  const wanted = /^go\s+(\d+(?:\.\d+)*)/m.exec(repository.read("go.mod"))?.[1];
  if (findProgram("go", variables.PATH ?? "/usr/bin:/bin", "/") === undefined)
    return "The tasks need go, which is not on this machine";
  const installed = await installedGo(variables);
  if (wanted === undefined || installed === undefined || !isOlder(installed, wanted)) return undefined;
  const fetches = isOlder(installed, "1.21") ? "" : ", unless Go can fetch it from its proxy";
  return `go.mod asks for Go ${wanted}, and this machine has ${installed}: the tasks fail until a newer one is installed${fetches}`;
}

/** Modules that are neither vendored nor in the cache have to be fetched. */
function modulesNote(repository: Repository, { GOMODCACHE, GOPATH, HOME }: Variables): string | undefined {
  if (repository.has("vendor/modules.txt")) return undefined;
  const required = [...repository.read("go.mod").matchAll(/^\s*(?:require\s+)?([\w.-]+\.[\w./~-]+)\s+(v[\w.+-]+)/gm)];
  const cache = GOMODCACHE ?? join(GOPATH?.split(":")[0] ?? join(HOME ?? "/", "go"), "pkg/mod");
  const missing = required.filter(([, module, version]) => {
    // Upper case is written so that it survives systems which do not tell it from lower case.
    const [path, file] = [module!, version!].map((text) =>
      text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`),
    );
    return !existsSync(join(cache, "cache/download", path!, "@v", `${file}.zip`));
  });
  if (missing.length === 0) return undefined;
  const [, module, version] = missing[0]!;
  const some = missing.length === 1 ? "" : ` and ${missing.length - 1} more`;
  return `This machine has not yet ${module} ${version}${some}: the tasks get them from GOPROXY, which has to be within reach`;
}

function installedGo({ PATH, HOME }: Variables): Promise<string | undefined> {
  const options = { env: { PATH, HOME, GOTOOLCHAIN: "local" }, cwd: "/", timeout: 10_000 };
  return new Promise((resolve) =>
    execFile("go", ["version"], options, (_, stdout) => resolve(/\bgo(\d+(?:\.\d+)*)/.exec(stdout)?.[1])),
  );
}

function isOlder(version: string, wanted: string): boolean {
  const [has, needs] = [version, wanted].map((text) => text.split(".").map(Number));
  for (const [index, number] of needs!.entries()) {
    const own = has![index] ?? 0;
    if (own !== number) return own < number;
  }
  return false;
}
