import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestProject, testProject } from "./project.ts";

export interface ResourceOptions {
  /** As it stands in the definition. */
  readonly folder?: string;
  readonly migrate?: string;
  readonly configFile?: "besides" | "only";
}

/**
 * A project whose service keeps notes in a `folder()`: one file, and one table of a SQLite database in WAL mode. `PUT /note` with
 * a text replaces both, `GET /note` reads both, `GET /env` says what it was given.
 */
export async function resourceProject(options: ResourceOptions = {}): Promise<TestProject> {
  const project = await testProject();
  writeFileSync(join(project.folder, "src", "notes.mjs"), server);
  defineResources(project, options);
  return project;
}

/** Writes the definition anew. */
export function defineResources(project: TestProject, options: ResourceOptions = {}): void {
  writeFileSync(join(project.folder, "tidegate.config.ts"), definition(project, options));
}

/** What the service keeps: the file, then the table. */
export async function notes(project: TestProject): Promise<string> {
  const response = await fetch(project.url("staging", "/note"), { headers: { connection: "close" } });
  return response.text();
}

export async function note(project: TestProject, text: string): Promise<void> {
  const headers = { connection: "close" };
  await fetch(project.url("staging", "/note"), { method: "PUT", body: text, headers });
}

const server = `
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const { FILES = "", PORT, HOST } = process.env;
const file = join(FILES, "note.txt");
const database = FILES && new DatabaseSync(join(FILES, "notes.db"));
if (database) database.exec("pragma journal_mode = wal; create table if not exists note (text)");

createServer(async (request, response) => {
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  if (request.url !== "/note") return response.end("ok");
  if (request.method === "PUT") {
    let text = "";
    for await (const piece of request) text += piece;
    writeFileSync(file, text);
    database.exec("delete from note");
    database.prepare("insert into note values (?)").run(text);
  }
  const row = database.prepare("select text from note").get();
  let kept = "";
  try { kept = readFileSync(file, "utf8"); } catch {}
  response.end(kept + " " + (row?.text ?? ""));
}).listen(Number(PORT), HOST);
process.on("SIGTERM", () => process.exit(0));
`;

function definition(project: TestProject, { folder = "folder()", migrate, configFile }: ResourceOptions): string {
  return `import { defineProject, folder, local, rolling, service, task } from "tidegate";

const build = task({ run: "mkdir -p dist && cp src/* dist/", inputs: ["src/**"], outputs: ["dist/"] });
const files = ${folder};
const other = service({ run: "node dist/notes.mjs", files: ["dist/"], health: "/healthz", route: "internal", grace: "2s" });
const web = service({
  run: "node dist/notes.mjs",
  files: ["dist/"],
  health: "/healthz",
  grace: "2s",
  uses: { FILES: files },
  ${migrate === undefined ? "" : `migrate: ${JSON.stringify(migrate)},`}
  ${configFile === undefined ? "" : `configFile: ${JSON.stringify(configFile)},`}
});
export default defineProject({
  name: "small",
  pipeline: { build },
  services: { other, web },
  resources: { files },
  environments: {
    staging: { driver: local({ url: "${project.url("staging", "")}" }), strategy: rolling() },
  },
});
`;
}
