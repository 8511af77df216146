import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processesIn } from "./processes.ts";
import { type TestProject, testProject } from "./project.ts";

/** How a version of the service treats what it keeps: `name` is what version one reads. */
export interface Columns {
  /** What it reads. */
  readonly reads: "name" | "fullName";
  /** A program that is given `kept`, an object, and changes it. */
  readonly migrate: string;
}

export interface RehearsalOptions {
  readonly gate?: string;
  /** Of the definition's services. */
  readonly web?: string;
}

export const first: Columns = { reads: "name", migrate: `kept.name ??= "ada"` };
export const additive: Columns = {
  reads: "fullName",
  migrate: `kept.name ??= "ada"; kept.fullName ??= kept.name + " l"`,
};
export const dropping: Columns = { reads: "fullName", migrate: `kept.fullName ??= kept.name + " l"; delete kept.name` };

/**
 * A project with a service that keeps an object in a `folder()`, a worker that acts outside, and a secret; production has the
 * gate `rehearsal()` and a check that reads what is kept. Every process writes down where it ran, and with which secret.
 */
export async function rehearsalProject(options: RehearsalOptions = {}): Promise<TestProject> {
  const project = await testProject({ hasSecret: true });
  defineRehearsal(project, options);
  columns(project, first);
  return project;
}

/** Changes the service. `sickIn`: where it is never healthy. */
export function columns(project: TestProject, { reads, migrate }: Columns, sickIn?: string): void {
  const seen = JSON.stringify(join(project.parent, "gates", "seen"));
  const noted = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
const { DATA, TOKEN, TIDEGATE_ENVIRONMENT, TIDEGATE_URL, PORT, HOST } = process.env;
const file = DATA + "/kept.json";
const kept = () => existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
const note = (what) => appendFileSync(${seen}, JSON.stringify({ what, in: TIDEGATE_ENVIRONMENT, token: TOKEN }) + "\\n");
`;
  const write = (name: string, text: string) => writeFileSync(join(project.folder, "src", name), `${noted}${text}`);
  write("mail.mjs", `note("mail"); setInterval(() => {}, 1000); process.on("SIGTERM", () => process.exit(0));`);
  write(
    "migrate.mjs",
    `note("migrate"); const gate = ${JSON.stringify(join(project.parent, "gates", "slow"))};
if (existsSync(gate) && TIDEGATE_ENVIRONMENT !== "production") await wait(600_000);
const old = kept(); ((kept) => { ${migrate} })(old); writeFileSync(file, JSON.stringify(old));`,
  );
  write(
    "smoke.mjs",
    `const answer = await fetch(TIDEGATE_URL); console.log(await answer.text()); process.exit(answer.ok ? 0 : 1);`,
  );
  write(
    "web.mjs",
    `import { createServer } from "node:http";
note("web");
createServer((request, response) => {
  if (request.url === "/healthz")
    return response.writeHead(TIDEGATE_ENVIRONMENT === ${JSON.stringify(sickIn ?? "")} ? 503 : 200).end("so it is");
  const value = kept().${reads};
  if (value === undefined) console.error("there is no column ${reads}");
  response.writeHead(value === undefined ? 500 : 200).end(value ?? "no column ${reads}");
}).listen(Number(PORT), HOST);
process.on("SIGTERM", () => process.exit(0));`,
  );
}

export function defineRehearsal(project: TestProject, { gate = "rehearsal()", web = "" }: RehearsalOptions = {}): void {
  writeFileSync(
    join(project.folder, "tidegate.config.ts"),
    `import { check, defineProject, folder, local, rehearsal, rolling, secret, service, task } from "tidegate";
import { z } from "zod";

const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const data = folder();
const common = { files: ["dist/"], grace: "2s", uses: { DATA: data } } as const;
const web = service({ ...common, run: "node dist/web.mjs", health: "/healthz", healthTimeout: "3s", migrate: "node dist/migrate.mjs", ${web} });
const mail = service({ ...common, run: "node dist/mail.mjs", route: false });
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { web, mail },
  resources: { data },
  config: { TOKEN: secret(z.string().min(10)) },
  environments: {
    production: {
      driver: local({ url: "${project.url("production", "")}" }),
      strategy: rolling(),
      protected: false,
      gates: [check("smoke", "node dist/smoke.mjs"), ${gate}],
    },
  },
});
`,
  );
}

/** What ran in an environment so far, and with which secret. */
export function seenIn(project: TestProject, environment: string): { readonly what: string; readonly token: string }[] {
  const file = join(project.parent, "gates", "seen");
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line)).filter((one) => one.in === environment);
}

/** Processes of the throw-away environment. */
export function rehearsing(project: TestProject): number[] {
  return processesIn(project.parent)
    .filter(({ output, command }) => `${output} ${command}`.includes("rehearsal-production"))
    .map(({ pid }) => pid);
}
