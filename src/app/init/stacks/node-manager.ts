import { shellWord } from "../../../errors/shell-word.ts";
import type { TaskDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { Scripts } from "./node-scripts.ts";
import { prismaClient } from "./prisma-client.ts";
import { workspaceFolders } from "./workspace-folders.ts";

/** A package manager: how it installs exactly what its lock file says, and how it runs a script. */
export interface NodeManager {
  readonly name: string;
  readonly install: TaskDraft;
  /** Whether what it installs is written down, and so the same every day. */
  readonly hasLock: boolean;
  run(script: string): string;
}

const managers = [
  { name: "pnpm", lock: "pnpm-lock.yaml", install: "pnpm install --frozen-lockfile" },
  { name: "bun", lock: "bun.lock", install: "bun install --frozen-lockfile" },
  { name: "bun", lock: "bun.lockb", install: "bun install --frozen-lockfile" },
  { name: "yarn", lock: "yarn.lock", install: "yarn install --frozen-lockfile" },
  { name: "npm", lock: "package-lock.json", install: "npm ci" },
  { name: "npm", lock: "npm-shrinkwrap.json", install: "npm ci" },
] as const;

/** Without leaving a lock file behind that nobody asked for. */
const withoutLock: Readonly<Record<string, string>> = {
  npm: " --no-package-lock",
  pnpm: " --no-lockfile",
  yarn: " --no-lockfile",
};

/** Files that change what gets installed. */
const settings = [".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml", "bunfig.toml"];

/** The manager whose lock file is there, else the one package.json names, else npm. */
export function nodeManager(repository: Repository): NodeManager {
  const found = managers.find(({ lock }) => repository.has(lock));
  const named = String(repository.readJson("package.json").packageManager ?? "npm").split("@")[0];
  const name = found?.name ?? managers.find((candidate) => candidate.name === named)?.name ?? "npm";
  return {
    name,
    hasLock: found !== undefined,
    install: { name: "install", ...installation(repository, name, found) },
    run: (script) => (script === "test" ? `${name} test` : `${name} run ${shellWord(script)}`),
  };
}

function installation(
  repository: Repository,
  name: string,
  found: (typeof managers)[number] | undefined,
): Omit<TaskDraft, "name"> {
  const env = [...tokens(repository), ...ofDownloads(repository)];
  const declared = env.length > 0 ? { env } : {};
  const packages = workspaceFolders(repository);
  const inPackages = (name: string) => packages.map((folder) => `${folder}/${name}`);
  const outputs = ["node_modules/", ...inPackages("node_modules/")];
  const client = prismaClient(repository, name);
  if (found === undefined) {
    const run = `${name} install${withoutLock[name] ?? ""}`;
    const inputs = [
      "package.json",
      ...inPackages("package.json"),
      ...settings.filter((file) => repository.has(file)),
      ...lifecycleInputs(repository),
      ...client.inputs,
    ];
    return { run: run + client.step, inputs: [...new Set(inputs)], outputs, ...declared };
  }
  // Yarn from version 2 on says it differently, and announces itself by this file.
  const isBerry = found.name === "yarn" && repository.has(".yarnrc.yml");
  const run = isBerry ? "yarn install --immutable" : found.install;
  if (isBerry && !/nodeLinker:\s*["']?(node-modules|pnpm)/.test(repository.read(".yarnrc.yml")))
    return { run, ...declared, uncached: "yarn keeps its packages outside the project" };
  const inputs = [
    "package.json",
    ...inPackages("package.json"),
    found.lock,
    ...settings.filter((file) => repository.has(file)),
    ...(repository.has(".yarn/releases") ? [".yarn/{releases,plugins,patches}/**"] : []),
    ...lifecycleInputs(repository),
    ...client.inputs,
  ];
  return { run: run + client.step, inputs: [...new Set(inputs)], outputs, ...declared };
}

/** Variables that settings name: `${NPM_TOKEN}`. */
function tokens(repository: Repository): string[] {
  const text = settings.map((file) => repository.read(file)).join("\n");
  return [...new Set([...text.matchAll(/\$\{([A-Za-z_]\w*)[^}]*\}/g)].map(([, name]) => name!))];
}

/** Packages that fetch a program when they are installed, and the variable by which they are told not to. */
const downloads: Readonly<Record<string, string>> = {
  cypress: "CYPRESS_INSTALL_BINARY",
  puppeteer: "PUPPETEER_SKIP_DOWNLOAD",
};

/** Where there is no way to such a program, the installation has to be told so from outside. */
function ofDownloads(repository: Repository): string[] {
  const { dependencies, devDependencies } = repository.readJson("package.json");
  const installed = { ...(dependencies as object | undefined), ...(devDependencies as object | undefined) };
  return Object.keys(downloads).flatMap((name) => (Object.hasOwn(installed, name) ? [downloads[name]!] : []));
}

/** Files that scripts read which run while packages are installed, and packages that are folders of the project. */
function lifecycleInputs(repository: Repository): string[] {
  const manifest = repository.readJson("package.json");
  const scripts = new Scripts(manifest);
  const commands = ["preinstall", "install", "postinstall", "prepare"]
    .map((script) => scripts.expanded(script))
    .join(" && ");
  const named = commands.split(/[\s"'&|;=]+/).map((word) => word.replace(/^\.\//, ""));
  const files = named.filter((word) => /^[\w.-]+(\/[\w.-]+)*\.\w+$/.test(word) && repository.has(word));
  const dependencies = JSON.stringify([manifest.dependencies, manifest.devDependencies]);
  const linked = [...dependencies.matchAll(/"(?:file|link):(?:\.\/)?([\w@-][\w@./-]*)"/g)].map(([, path]) => path!);
  return [
    ...files.filter((file) => !file.startsWith("node_modules/") && !/^(dist|build)\//.test(file)),
    ...(/\bprisma generate\b/.test(commands) && repository.has("prisma") ? ["prisma/**"] : []),
    ...(/\bpatch-package\b/.test(commands) && repository.has("patches") ? ["patches/**"] : []),
    ...(/patchedDependencies/.test(JSON.stringify(manifest) + repository.read("pnpm-workspace.yaml")) &&
    repository.has("patches")
      ? ["patches/**"]
      : []),
    ...linked
      .filter((path) => repository.has(path))
      .map((path) => (/\.(tgz|tar\.gz)$/.test(path) ? path : `${path}/**`)),
  ];
}
