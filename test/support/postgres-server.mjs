// node postgres-server.mjs <native folder> <folder> <port>: a PostgreSQL of its own, for as long as somebody holds this
// process's stdin. Whoever started it may be killed in whatever way: then the server ends and its folder is removed.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const [native, folder, port] = process.argv.slice(2);
const programs = join(folder, "native");
const data = join(folder, "data");
const passwordFile = join(folder, "password");

/** PostgreSQL refuses to run as root; any user without rights will do. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
const env = { PATH: process.env.PATH, LC_ALL: "C", TZ: "UTC" };

let server;
process.stdin.resume();
// Whoever listened may be gone.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
process.stdin.on("close", end);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);

try {
  prepare();
  start();
} catch (error) {
  process.stderr.write(`${error.stack}\n`);
  end();
}

function prepare() {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  chmodSync(folder, 0o755);
  // A copy: where packages lie, another user may not look, and links may be missing there because no script was run.
  cpSync(native, programs, { recursive: true });
  for (const { source, target } of links()) {
    const [from, to] = [source, target].map((path) => join(folder, path));
    rmSync(to, { force: true });
    symlinkSync(relative(dirname(to), from), to);
  }
  for (const name of ["initdb", "postgres"]) chmodSync(join(programs, "bin", name), 0o755);
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, "a password nobody sees\n");
  if (nobody.uid !== undefined) {
    chownSync(data, nobody.uid, nobody.gid);
    chownSync(passwordFile, nobody.uid, nobody.gid);
  }
  const flags = [
    "--auth=scram-sha-256",
    "--username=tidegate",
    `--pwfile=${passwordFile}`,
    "--encoding=UTF8",
    "--locale=C",
  ];
  const made = spawnSync(join(programs, "bin/initdb"), ["-D", data, "--no-sync", ...flags], {
    ...nobody,
    cwd: folder,
    env,
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`initdb: ${made.error?.message ?? made.stderr}`);
}

function links() {
  try {
    return JSON.parse(readFileSync(join(native, "pg-symlinks.json"), "utf8"));
  } catch {
    return [];
  }
}

function start() {
  const settings = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "shared_buffers=16MB",
    "max_connections=60",
  ];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  server = spawn(join(programs, "bin/postgres"), ["-D", data, "-p", port, ...flags], {
    ...nobody,
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  let isReady = false;
  server.stderr.on("data", (chunk) => {
    said = `${said}${chunk}`.slice(-20_000);
    if (isReady || !said.includes("ready to accept connections")) return;
    isReady = true;
    process.stdout.write("ready\n");
  });
  server.on("error", (error) => process.stderr.write(`postgres: ${error.message}\n`));
  server.on("close", () => {
    if (!isEnding) process.stderr.write(`postgres ended: ${said}\n`);
    remove();
  });
}

let isEnding = false;

/** The immediate shutdown: nothing of it is needed any more. */
function end() {
  if (isEnding) return;
  isEnding = true;
  if (server === undefined || server.exitCode !== null || server.pid === undefined) return remove();
  server.kill("SIGQUIT");
  setTimeout(() => server.kill("SIGKILL"), 5_000).unref();
}

function remove() {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}
