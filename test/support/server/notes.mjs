// A service that keeps its notes in SQLite beside its code: POST adds the body, GET answers with all of them.
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

const version = JSON.parse(readFileSync(new URL("version.json", import.meta.url), "utf8"));
const folder = fileURLToPath(new URL("instance/", import.meta.url));
mkdirSync(folder, { recursive: true });
const database = new DatabaseSync(`${folder}notes.db`);
database.exec("create table if not exists notes (text)");

const server = createServer(async (request, response) => {
  response.setHeader("x-release", process.env.TIDEGATE_RELEASE);
  if (request.method === "POST") {
    let text = "";
    for await (const part of request) text += part;
    database.prepare("insert into notes values (?)").run(text);
  }
  const notes = database.prepare("select text from notes order by rowid").all();
  response.end(JSON.stringify({ version: version.label, notes: notes.map(({ text }) => text) }));
});
server.listen(Number(process.env.PORT), process.env.HOST);
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
