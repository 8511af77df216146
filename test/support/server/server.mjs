// A service whose version decides how it misbehaves. `version.json` beside it is written by `test/support/project.ts`.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

const version = JSON.parse(readFileSync(new URL("version.json", import.meta.url), "utf8"));
const { HOST, PORT, TIDEGATE_RELEASE, TIDEGATE_ENVIRONMENT, TIDEGATE_INSTANCE, TOKEN } = process.env;

/** A gate is a file that the test makes when the time has come. */
async function gate(name) {
  while (name !== undefined && !existsSync(join(version.gates, name))) await wait(10);
}

console.log(`${version.label} starts as ${TIDEGATE_INSTANCE}`);
if (version.tells) console.log(`the token is ${TOKEN}`);
const isDoomed = version.crashes === "once gone" && existsSync(join(version.gates, version.crashGate));
if (version.crashes === "at start" || isDoomed) {
  console.error("no database: giving up");
  process.exit(7);
}
if (version.family) spawn("sh", ["-c", "trap '' TERM; sleep 1000 & sleep 1000; wait"], { stdio: "inherit" });

let isReady = version.startsAfter === undefined;
void gate(version.startsAfter).then(() => {
  isReady = true;
});

/** Of the logarithm of a time, as times of answers are. */
const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

let requests = 0;
const server = createServer(async (request, response) => {
  const headers = { "x-release": TIDEGATE_RELEASE, "x-instance": TIDEGATE_INSTANCE };
  if (request.url === "/healthz") {
    const isHealthy = isReady && !version.isSick && !(version.sickIn === TIDEGATE_ENVIRONMENT);
    response
      .writeHead(isHealthy ? 200 : 503, headers)
      .end(isHealthy ? "fine" : `${version.label} is not well${version.tells ? ` with ${TOKEN}` : ""}`);
    return;
  }
  if (request.url === "/slow") await gate(version.answersAfter);
  if (version.takesMs !== undefined) await wait(version.takesMs * Math.exp(normal() / 2));
  if (version.failRate !== undefined && Math.random() < version.failRate) {
    response.writeHead(500, headers).end(`${version.label} fails`);
    return;
  }
  requests += 1;
  if (version.failsEvery !== undefined && requests % version.failsEvery === 0) {
    response.writeHead(500, headers).end(`${version.label} fails`);
    return;
  }
  response.writeHead(200, headers).end(version.label);
});

server.listen(Number(PORT), HOST);
if (version.crashes === "after gate") void gate(version.crashGate).then(() => process.exit(9));

if (version.stubborn) process.on("SIGTERM", () => console.log("not now"));
else
  process.on("SIGTERM", () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    const nagging = setInterval(() => server.closeIdleConnections(), 10);
    nagging.unref();
  });
