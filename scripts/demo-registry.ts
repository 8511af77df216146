import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, Stage } from "./demo/stage.ts";
import { underLoad } from "./demo/under-load.ts";

/**
 * Software that nobody here wrote: a private npm registry (Verdaccio) is shipped at one version, upgraded to the next
 * and rolled back, while npm clients use it. No request may be lost and every package must still be there.
 */
const stage = new Stage("registry", {});
const port = await freePort();
const registry = `http://127.0.0.1:${port}`;
const packument = { port, host: "127.0.0.1", path: "/tide-table", name: "the registry" };

try {
  stage.say("A project: examples/registry, with Verdaccio from npm");
  cpSync(join(import.meta.dirname, "../examples/registry"), stage.folder, { recursive: true });
  const config = join(stage.folder, "tidegate.config.ts");
  const text = readFileSync(config, "utf8");
  writeFileSync(
    config,
    text
      .replace("http://registry.localhost:8080", registry)
      .replace("http://registry-staging.localhost:8080", `http://localhost:${port}`),
  );
  stage.run("git", "init", "--quiet");
  stage.commit(`Verdaccio ${version()}`);

  stage.say(`Verdaccio ${version()}, to staging and production`);
  await stage.tidegate(["ship"]);

  stage.say("A package is published");
  publish();

  const before = version();
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(stage.folder, "next", file), join(stage.folder, file));
  stage.commit(`Verdaccio ${version()}`);
  stage.say(`Upgrade to Verdaccio ${version()} while clients ping, view and download`);
  await inUse(() => stage.tidegate(["ship"]));

  stage.say(`Back to Verdaccio ${before}`);
  await inUse(() => stage.tidegate(["rollback", "production"]));

  stage.say("The package is still there, whole");
  console.log(npm("view", "tide-table", "dist.integrity", "versions", "--json").trim());
  npm("pack", "tide-table@1.0.0");

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

function version(): string {
  return JSON.parse(readFileSync(join(stage.folder, "package.json"), "utf8")).dependencies.verdaccio;
}

/** Flags for npm: ask this registry only, never ask again: a request that is lost must show. */
function flags(): string[] {
  const cache = join(stage.folder, ".npm-cache");
  return [
    "--registry",
    registry,
    "--cache",
    cache,
    "--fetch-retries=0",
    "--prefer-online",
    "--loglevel=error",
    `--//127.0.0.1:${port}/:_authToken=none`,
  ];
}

function npm(...args: readonly string[]): string {
  return stage.run("npm", ...args, ...flags());
}

function publish(): void {
  const folder = join(stage.folder, "tide-table");
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "tide-table", version: "1.0.0" }));
  writeFileSync(
    join(folder, "index.js"),
    `export const tides = ${JSON.stringify(Array.from({ length: 500 }, (_, hour) => hour % 12))};\n`,
  );
  npm("publish", "./tide-table");
  rmSync(folder, { recursive: true });
}

/** HTTP load and real npm clients during the work. */
async function inUse(work: () => Promise<void>): Promise<void> {
  const over = new AbortController();
  const clients = npmClients(over.signal);
  try {
    await underLoad({ ...packument, check: ({ status, body }) => status === 200 && body.includes('"1.0.0"') }, work);
  } finally {
    over.abort();
    await clients;
  }
  const { calls, failed } = await clients;
  console.log(`npm clients meanwhile: ${calls} calls of ping and view, ${failed.length} failed`);
  if (failed.length > 0) throw new Error(`npm failed: ${failed.join("\n")}`);
}

/** `npm ping` and `npm view` in turn until it is over; at least one of each. */
async function npmClients(over: AbortSignal): Promise<{ calls: number; failed: string[] }> {
  const failed: string[] = [];
  let calls = 0;
  const turns = [["ping"], ["view", "tide-table", "version"]];
  while (!over.aborted || calls < turns.length) {
    const args = turns[calls % turns.length] as string[];
    calls += 1;
    const problem = await call(args);
    if (problem !== undefined) failed.push(`npm ${args.join(" ")}: ${problem}`);
    await wait(50);
  }
  return { calls, failed };
}

function call(args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn("npm", [...args, ...flags()], { cwd: stage.folder, stdio: ["ignore", "ignore", "pipe"] });
    let talk = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      talk += text;
    });
    child.once("close", (code) => resolve(code === 0 ? undefined : `exit code ${code}: ${talk}`));
  });
}
