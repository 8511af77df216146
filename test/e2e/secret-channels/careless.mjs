// Every program of the project under test: `careless.mjs ROLE LABEL SIZE`. It tells all of its secrets in every encoding, on
// both streams, in pieces of SIZE bytes, and keeps what it told in a file outside of the project. `place.json` and
// `version.json` beside it are written by `careless-project.ts`.
import { appendFileSync, cpSync, mkdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const [role, label, size] = [process.argv[2], process.argv[3], Number(process.argv[4])];
const { samples, raw } = read("place.json");
const version = read("version.json");
const { writers } = await import(samples);
const secrets = Object.entries(process.env).filter(([name]) => name.startsWith("SECRET_"));
const told = Buffer.from(
  secrets
    .flatMap(([name, value]) => Object.entries(writers).map(([how, write]) => `<${name} ${how}> ${write(value)} </>\n`))
    .join(""),
);

tell(1);
if (size > 1) tell(2);
appendFileSync(join(raw, label), told);
await { task, build, job, serve }[role]();

function read(name) {
  return JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
}

function tell(stream) {
  for (let at = 0; at < told.length; ) at += write(stream, told.subarray(at, at + size));
}

/** A pipe that is full takes nothing for a while. */
function write(stream, piece) {
  try {
    return writeSync(stream, piece);
  } catch (error) {
    if (error.code !== "EAGAIN") throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}

/** XML cannot hold control characters. */
function attribute(value) {
  const text = writers["xml attribute"](value).slice(6, -3);
  return [...text].filter((character) => character >= " ").join("");
}

function task() {
  const cases = secrets.map(([, value], index) => {
    const text = attribute(value);
    const failure = version.fails ? `<failure message="${text}">${text}</failure>` : "";
    return `<testcase name="t${index} ${text}" classname="c">${failure}<system-out>${text}</system-out></testcase>`;
  });
  mkdirSync("reports", { recursive: true });
  writeFileSync(`reports/${label}.xml`, `<testsuite name="s" tests="${cases.length}">${cases.join("\n")}</testsuite>`);
  const files = secrets.map(([, value]) => `SF:src/${encodeURIComponent(value)}.js\nDA:1,1\nend_of_record\n`);
  writeFileSync(`reports/${label}.info`, files.join(""));
  if (version.fails) process.exitCode = 1;
}

function build() {
  cpSync("src", "dist", { recursive: true });
  if (version.leaks) writeFileSync("dist/bundle.js", told);
}

/** A migration or a check. */
function job() {
  if (version.refuses === label) process.exitCode = 3;
}

function serve() {
  const server = createServer((_, response) => response.writeHead(version.isSick ? 503 : 200).end(told));
  server.listen(Number(process.env.PORT), process.env.HOST);
  process.once("SIGTERM", () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  });
}
