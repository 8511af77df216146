import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { env, temporaryFolder } from "./workplace.ts";

// These start what is shipped: `npm run build` comes first.
const dist = join(import.meta.dirname, "../dist");

interface Running {
  readonly process: ChildProcess;
  readonly url: string;
  readonly env: NodeJS.ProcessEnv;
}

async function start(test: TestContext): Promise<Running> {
  const full = { ...process.env, ...env, TIDEGATE_DATA_DIR: temporaryFolder(test), HOST: "127.0.0.1", PORT: "0" };
  const migrated = spawnSync(process.execPath, [join(dist, "migrate.js")], { env: full, encoding: "utf8" });
  assert.equal(migrated.status, 0, migrated.stderr);
  const child = spawn(process.execPath, [join(dist, "server.js")], { env: full, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  test.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line);
    if (entry.message !== "listening") continue;
    child.stdout.resume();
    return { process: child, url: `http://127.0.0.1:${entry.port}`, env: full };
  }
  throw new Error("the server ended before it listened");
}

test("every answer says which release it came from", async (t) => {
  const { url } = await start(t);
  for (const path of ["/", "/healthz", "/nowhere", "/links/nowhere"]) {
    const response = await fetch(url + path);
    await response.text();
    assert.equal(response.headers.get("x-release"), "release-1", path);
  }
});

test("/healthz says ok, the release and the schema", async (t) => {
  const { url } = await start(t);
  const response = await fetch(`${url}/healthz`);
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { ok: true, release: "release-1", schema: 2 });
});

test("the smoke check passes against a server that works, and fails against one of another release", async (t) => {
  const { url, env } = await start(t);
  const smoke = (release: string) =>
    spawnSync(process.execPath, [join(dist, "smoke.js")], {
      env: { ...env, TIDEGATE_URL: url, TIDEGATE_RELEASE: release },
      encoding: "utf8",
    });
  assert.equal(smoke("release-1").status, 0);
  assert.equal(smoke("release-2").status, 1);
  assert.match(smoke("release-2").stderr, /release release-1 answers, not release-2/);
});

test("a body that is too long or broken is refused, and the server goes on", async (t) => {
  const { url } = await start(t);
  const headers = { "content-type": "application/json" };
  for (const body of ["{", "null", "[1]", JSON.stringify({ target: "x".repeat(200_000) })]) {
    const response = await fetch(`${url}/links`, { method: "POST", headers, body });
    assert.equal(response.status, 400, body.slice(0, 10));
    await response.text();
  }
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
});

test("SIGTERM lets a request under way finish, then the server ends with 0", async (t) => {
  const { url, process: server } = await start(t);
  const headers = { "content-type": "application/json", "transfer-encoding": "chunked" };
  const posting = request(`${url}/links`, { method: "POST", headers });
  posting.write('{"target":');
  // The server has the first half of the body once it has answered a request that was sent after it.
  await (await fetch(`${url}/healthz`)).text();
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  await refused(url);
  posting.end('"https://example.com"}');
  const [response] = await once(posting, "response");
  assert.equal(response.statusCode, 201);
  assert.equal(response.headers.connection, "close");
  response.resume();
  assert.deepEqual(await ended, [0, null]);
});

/** Resolves once nobody accepts connections there. */
async function refused(url: string): Promise<void> {
  for (;;) {
    const answered = await fetch(`${url}/healthz`, { headers: { connection: "close" } }).then(
      (response) => response.text(),
      () => undefined,
    );
    if (answered === undefined) return;
  }
}

test("wrong settings end the server with 1 and say what is wrong", (t) => {
  const wrong = { ...process.env, TIDEGATE_DATA_DIR: temporaryFolder(t), BASE_URL: "nowhere", SESSION_KEY: "" };
  const { status, stderr } = spawnSync(process.execPath, [join(dist, "server.js")], { env: wrong, encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stderr, /SESSION_KEY must have at least 32 characters\nBASE_URL must be a URL\n/);
});
