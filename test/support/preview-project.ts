import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { processesIn } from "./processes.ts";
import { type ProjectOptions, type TestProject, testProject } from "./project.ts";

export interface Listed {
  readonly name: string;
  readonly url: string;
  readonly preview?: { readonly from: string; readonly endsAt: number; readonly branch?: string };
  readonly cost: { readonly diskBytes: number; readonly processes?: number };
}

const worker = "setInterval(() => {}, 1000);\n";

export type PreviewProjectOptions = Pick<ProjectOptions, "grace" | "env" | "program">;

/** A project whose previews have a folder of data, a secret, and a worker that they do without. */
export async function previewProject(
  previews = `{ from: "staging", max: 3 }`,
  options: PreviewProjectOptions = {},
): Promise<TestProject> {
  const { grace = "2s", ...rest } = options;
  const project = await testProject({ ...rest, env: { STAGING_TOKEN: "only of staging", ...options.env } });
  const { staging, production } = project.ports;
  writeFileSync(join(project.folder, "src", "worker.mjs"), worker);
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { address, defineProject, folder, local, recreate, secret, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const uploads = folder();
const common = { files: ["dist/"], grace: "${grace}" } as const;
const web = service({ ...common, run: "node dist/server.mjs", health: "/healthz", healthTimeout: "10s", uses: { UPLOADS: uploads }, migrate: "node dist/job.mjs migrate" });
const mailer = service({ ...common, run: "node dist/worker.mjs", route: false });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web, mailer },
  resources: { uploads },
  config: { TOKEN: secret(z.string().min(10)), BASE: address() },
  environments: {
    staging: { driver: local({ url: "http://127.0.0.1:${staging}" }), strategy: recreate() },
    production: { driver: local({ url: "http://127.0.0.1:${production}" }), strategy: recreate(), after: "staging" },
  },
  previews: ${previews},
});
`,
  );
  return project;
}

export async function list(project: TestProject): Promise<Listed[]> {
  return project.json<Listed>("env", "list");
}

export async function names(project: TestProject): Promise<string[]> {
  return (await list(project)).filter(({ preview }) => preview).map(({ name }) => name);
}

/** What answers at a preview's address. */
export function label(project: TestProject, name: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { host: "127.0.0.1", port: project.ports.staging, agent: false } as const;
  request({ ...options, headers: { host: `${name}.localhost:${project.ports.staging}` } }, async (response) => {
    const text = (await response.toArray()).join("");
    resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`);
  })
    .once("error", reject)
    .end();
  return promise;
}

/** What refuses late orders of an agent that has lost its lease: a number in each place that takes orders. */
function isFence(path: string, name: string): boolean {
  const tables = [`/gateway/${name}.json`, `/gateway/2/${name}.json`];
  if (tables.some((table) => path.endsWith(table))) return !readFileSync(path, "utf8").includes("localhost");
  return path.endsWith(`/instances/${name}/.token`);
}

/** Files below the test's folder that are an environment's by their path, but for its fences. */
export function filesOf(project: TestProject, name: string): string[] {
  const files = readdirSync(project.parent, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path.slice(project.parent.length).includes(name) && !isFence(path, name));
}

/** Everything of a preview that is anywhere below the test's folder but its fences; its history is no part of it. */
export function leftOf(project: TestProject, name: string): string[] {
  const paths = filesOf(project, name);
  const sealed = join(project.stateFolder, "sealed");
  const processes = processesIn(project.parent).filter(({ command }) => command.includes("dist/server.mjs"));
  return [...paths, ...(existsSync(sealed) ? readdirSync(sealed) : []), ...processes.map(({ command }) => command)];
}
