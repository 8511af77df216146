import { join } from "node:path";
import { lage } from "../tasks/contenders/lage.ts";
import { moon } from "../tasks/contenders/moon.ts";
import { nx } from "../tasks/contenders/nx.ts";
import { turbo } from "../tasks/contenders/turbo.ts";
import { wireit } from "../tasks/contenders/wireit.ts";
import type { CaseTask } from "./cases.ts";

export type Tasks = Readonly<Record<string, CaseTask>>;

/** A tool with the cases' tasks in the package `packages/app`. */
export interface Tool {
  readonly name: string;
  /** Its packages in the registry, with exact versions. */
  readonly pins: Readonly<Record<string, string>>;
  /** Files of the workspace by path; package.json files are objects that are merged. */
  files(tasks: Tasks): Readonly<Record<string, string | object>>;
  args(tools: string, tasks: Tasks): readonly string[];
  /** Folders in the workspace in which bytes of outputs are kept, and which of the files there. */
  readonly kept: readonly { readonly folder: string; readonly files: RegExp }[];
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

const dist = join(import.meta.dirname, "../../dist/bin.js");

/** `dist/` as a pattern of files. */
const glob = (path: string) => (path.endsWith("/") ? `${path}**` : path);
const bare = (path: string) => path.replace(/\/$/, "");
const scripts = (tasks: Tasks) => Object.fromEntries(Object.entries(tasks).map(([name, { run }]) => [name, run]));
const mapTasks = <T>(tasks: Tasks, change: (task: CaseTask) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, change(task)]));

function tidegate(name: string, more: readonly string[]): Tool {
  return {
    name,
    pins: {},
    files: (tasks) => ({ "tidegate.config.ts": definition(tasks) }),
    args: () => [dist, "run", ...more],
    kept: [{ folder: ".tidegate/cache/blobs", files: /./ }],
  };
}

function definition(tasks: Tasks): string {
  const inApp = (paths: readonly string[]) => JSON.stringify(paths.map((path) => `packages/app/${path}`));
  const lines = Object.entries(tasks).map(([name, { run, inputs, outputs = [], needs = [], env = [] }]) => {
    const command = JSON.stringify(`cd packages/app && ${run}`);
    const lists = `inputs: ${inApp(inputs)}, outputs: ${inApp(outputs)}, env: ${JSON.stringify(env)}`;
    return `const ${name} = task({ run: ${command}, needs: [${needs.join(", ")}], ${lists} });`;
  });
  return `import { defineProject, task } from "tidegate";
${lines.join("\n")}
export default defineProject({ name: "cases", pipeline: { ${Object.keys(tasks).join(", ")} } });
`;
}

export const tools: readonly Tool[] = [
  tidegate("tidegate", []),
  tidegate("tidegate, staged", ["--confine", "staged"]),
  {
    name: "turbo",
    pins: turbo.pins,
    environment: turbo.environment,
    files: (tasks) => ({
      "turbo.json": {
        $schema: "https://turbo.build/schema.json",
        tasks: mapTasks(tasks, ({ inputs, outputs = [], needs = [], env = [] }) => ({
          dependsOn: needs,
          inputs,
          outputs: outputs.map(glob),
          env,
        })),
      },
      "packages/app/package.json": { scripts: scripts(tasks) },
    }),
    args: (folder, tasks) => [join(folder, "node_modules/turbo/bin/turbo"), "run", ...Object.keys(tasks)],
    kept: [
      { folder: ".turbo/cache", files: /\.tar/ },
      { folder: "node_modules/.cache/turbo", files: /\.tar/ },
    ],
  },
  {
    name: "nx",
    pins: nx.pins,
    environment: nx.environment,
    files: (tasks) => ({
      "nx.json": {
        neverConnectToCloud: true,
        analytics: false,
        targetDefaults: mapTasks(tasks, ({ inputs, outputs = [], needs = [], env = [] }) => ({
          cache: true,
          dependsOn: needs,
          inputs: [
            ...inputs.map((path) => `{projectRoot}/${path}`),
            ...env.map((name) => ({ env: name })),
            ...(needs.length > 0 ? [{ dependentTasksOutputFiles: "**/*", transitive: true }] : []),
          ],
          outputs: outputs.map((path) => `{projectRoot}/${bare(path)}`),
        })),
      },
      "packages/app/package.json": { scripts: scripts(tasks) },
    }),
    args: (folder, tasks) => [
      join(folder, "node_modules/nx/dist/bin/nx.js"),
      "run-many",
      "-t",
      ...Object.keys(tasks),
      "--output-style=static",
    ],
    kept: [{ folder: ".nx/cache", files: /packages\/app/ }],
  },
  {
    name: "moon",
    pins: moon.pins,
    environment: moon.environment,
    files: (tasks) => ({
      ".moon/workspace.yml":
        'projects: ["packages/*"]\nvcs: { client: git, defaultBranch: main }\ntelemetry: false\ndaemon: false\n',
      "packages/app/moon.yml": JSON.stringify({
        language: "javascript",
        tasks: mapTasks(tasks, ({ run, inputs, outputs = [], needs = [], env = [] }) => ({
          script: run,
          deps: needs.map((need) => `~:${need}`),
          inputs: [...inputs.map((path) => path.replace(/\*\*$/, "**/*")), ...env.map((name) => `$${name}`)],
          outputs: outputs.map(bare),
          toolchains: "system",
        })),
      }),
    }),
    args: (folder, tasks) => [
      join(folder, "node_modules/@moonrepo/cli/moon.js"),
      "run",
      ...Object.keys(tasks).map((task) => `app:${task}`),
    ],
    kept: [{ folder: ".moon/cache/outputs", files: /\.tar/ }],
  },
  {
    name: "wireit",
    pins: wireit.pins,
    environment: wireit.environment,
    files: (tasks) => ({
      "package.json": {
        scripts: { all: "wireit" },
        wireit: { all: { dependencies: Object.keys(tasks).map((task) => `./packages/app:${task}`) } },
      },
      "packages/app/package.json": {
        scripts: mapTasks(tasks, () => "wireit"),
        wireit: mapTasks(tasks, ({ run, inputs, outputs = [], needs = [], env = [] }) => ({
          command: run,
          dependencies: needs,
          files: inputs,
          output: outputs.map(glob),
          env: Object.fromEntries(env.map((name) => [name, { external: true }])),
        })),
      },
    }),
    args: (folder) => [join(folder, "node_modules/wireit/bin/wireit.js")],
    kept: [{ folder: "packages/app/.wireit", files: /\/cache\// }],
  },
  {
    name: "lage",
    pins: lage.pins,
    environment: lage.environment,
    files: (tasks) => ({
      "lage.config.js": `module.exports = ${JSON.stringify({
        npmClient: "npm",
        pipeline: mapTasks(tasks, ({ inputs, outputs = [], needs = [] }) => ({
          dependsOn: needs,
          inputs,
          outputs: outputs.map(glob),
        })),
        cacheOptions: { outputGlob: ["dist/**", "gen/**"], environmentGlob: ["lage.config.js"] },
      })};\n`,
      "packages/app/package.json": { scripts: scripts(tasks) },
    }),
    args: (folder, tasks) => [join(folder, "node_modules/lage/dist/lage.js"), ...Object.keys(tasks)],
    kept: [
      { folder: "packages/app/node_modules/.cache/backfill", files: /dist|gen/ },
      { folder: "node_modules/.cache/backfill", files: /dist|gen/ },
    ],
  },
];
