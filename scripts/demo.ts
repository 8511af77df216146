import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, Stage } from "./demo/stage.ts";
import { exposed, underLoad } from "./demo/under-load.ts";

/**
 * The main job, on a copy of examples/shortlinks: ship, ship again under load, ship what is wrong, broken, cannot go back or tells a
 * secret, fails now and then, roll back. Ends with 1 when anything is not as it should be.
 */
const stage = new Stage("demo", { SOPS_AGE_KEY_FILE: "demo-key.txt" });
const port = await freePort();
const production = { port, host: "shortlinks.localhost", path: "/healthz", name: "production" };

try {
  stage.say("A project: examples/shortlinks in a new git repository");
  cpSync(join(import.meta.dirname, "../examples/shortlinks"), stage.folder, { recursive: true });
  edit("tidegate.config.ts", (text) => withPreviews(text.replaceAll(":8080", `:${port}`)));
  stage.run("git", "init", "--quiet");
  stage.commit("A URL shortener");

  stage.say("Its secrets are encrypted in the repository: checked without a key, readable with one");
  await stage.tidegate(["secrets", "check"]);
  await stage.tidegate(["config", "explain", "SESSION_KEY", "--env", "production"]);

  stage.say("First release, to staging and production");
  await stage.tidegate(["ship"]);

  stage.say("A change, shipped while requests come in");
  edit("src/pages.ts", (text) => text.replace('title = "Short links"', 'title = "Shorter links"'));
  stage.commit("A better title");
  await underLoad(production, () => stage.tidegate(["ship"]));

  stage.say("A wrong value for production: found before anything is built");
  edit("tidegate.config.ts", (text) => text.replace('LOG_LEVEL: "info"', 'LOG_LEVEL: "loud"'));
  await stage.tidegate(["ship"], 2);
  stage.run("git", "checkout", "--quiet", ".");

  stage.say("A leak: production's secret, in base64, in what a build makes");
  const leaked = await stage.tidegateQuietly(["secrets", "get", "SESSION_KEY", "--env", "production"]);
  edit("src/pages.ts", (text) => `${text}\nexport const debugKey = "${base64(leaked.trim())}";\n`);
  await underLoad(production, () => stage.tidegate(["ship"], 3));
  stage.run("git", "checkout", "--quiet", ".");

  stage.say("A migration that the release before does not bear: its rehearsal tells, before anything is deployed");
  edit("src/migrations.ts", (text) =>
    text.replace('DEFAULT 0",', 'DEFAULT 0",\n  "ALTER TABLE links RENAME COLUMN visits TO hits",'),
  );
  edit("src/links.ts", (text) =>
    text.replace("createdAt, visits", "createdAt, hits AS visits").replace("SET visits = visits", "SET hits = hits"),
  );
  edit("test/migrations.test.ts", (text) => text.replaceAll("SELECT visits", "SELECT hits AS visits"));
  edit("test/server.test.ts", (text) => text.replaceAll("schema: 2", "schema: 3"));
  await stage.tidegate(["release"]);
  await underLoad(production, () => stage.tidegate(["rehearse", "production"], 3));
  stage.run("git", "checkout", "--quiet", ".");

  stage.say("A preview: created, shipped to, and gone when its lifetime has ended");
  await stage.tidegate(["env", "create", "--preview", "login", "--ttl", "10m"]);
  await stage.tidegate(["ship", "login"]);
  await stage.tidegate(["env", "list"]);
  await stage.tidegate(["env", "create", "--preview", "login", "--ttl", "0.02m"]);
  await untilGone("login");
  await stage.tidegate(["env", "list"]);
  const left = stage.filesNamed("login");
  console.log(left.length === 0 ? "Nothing of login is left." : left.join("\n"));
  if (left.length > 0) process.exitCode = 1;

  stage.say("A broken change: it builds, its tests pass, but it never becomes healthy");
  edit("src/health.ts", breakHealth);
  stage.commit("Something that looks harmless");
  await underLoad(production, () => stage.tidegate(["ship"], 1));

  stage.run("git", "checkout", "--quiet", "HEAD~1", "--", "src");
  stage.say("A fault that no check finds: 1 request in 20 fails, in production only. A canary takes it out by itself");
  edit("tidegate.config.ts", withCanary);
  edit("src/health.ts", failNowAndThen);
  stage.commit("Something that looks harmless, again");
  await exposed(production, () => stage.tidegate(["ship"], 1));

  stage.say("Back to the release before");
  await underLoad(production, () =>
    stage.tidegate(["rollback", "production", "--reason", "the title was better before"]),
  );

  stage.say("What runs, and what happened");
  await stage.tidegate(["status"]);
  await stage.tidegate(["history"]);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  stage.say("Stop everything");
  await stage.close();
}
console.log(process.exitCode === 1 ? "\nThe demo failed." : "\nThe demo is over. Nothing of it is left running.");

function edit(path: string, change: (text: string) => string): void {
  const file = join(stage.folder, path);
  const before = readFileSync(file, "utf8");
  const after = change(before);
  if (after === before) throw new Error(`${path} of the example has changed; the demo cannot edit it`);
  writeFileSync(file, after);
}

/** Previews like staging, and the address by itself instead of written down. */
function withPreviews(text: string): string {
  return text
    .replace("  environments: {", '  previews: { from: "staging", ttl: "1d" },\n  environments: {')
    .replace(/BASE_URL: differs\([^)]*\)[^)]*\)/, "BASE_URL: address()")
    .replaceAll(/, BASE_URL: "[^"]*"/g, "")
    .replace("import { check", "import { address, check");
}

/** The agent ends it by itself. */
async function untilGone(name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (!(await stage.tidegateQuietly(["env", "list"])).includes(name)) return;
    await wait(100);
  }
  throw new Error(`${name} is still there`);
}

/** In production a share of the requests first, compared with what serves. */
function withCanary(text: string): string {
  return text
    .replace(/(production: \{[\s\S]*?)strategy: rolling\(\)/, '$1strategy: canary({ steps: [20, 50], hold: "2m" })')
    .replace("defineProject,", "canary, defineProject,");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function breakHealth(text: string): string {
  return text.replace(
    /(export function health\([^{]*\{\n)/,
    "$1  if (process.env.TIDEGATE_ENVIRONMENT) return json(503, { ok: false, release });\n",
  );
}

function failNowAndThen(text: string): string {
  return text.replace(
    /(export function health\([^{]*\{\n)/,
    'let asked = 0;\n$1  asked += 1;\n  if (process.env.TIDEGATE_ENVIRONMENT === "production" && asked % 20 === 0) return json(503, { ok: false, release });\n',
  );
}
