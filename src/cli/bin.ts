#!/usr/bin/env node
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { realFile } from "../launcher/cache-folder.ts";
import { isNodeTooOld } from "../launcher/oldest-node.ts";
import { ownCopy } from "../launcher/own-copy.ts";
import { enableCompileCache } from "./compile-cache.ts";
import { version } from "./version.ts";

// This file and what it imports statically must parse on any Node that knows modules, and stay small: `--version`
// loads nothing else. Everything that needs a current Node stands behind the imports below.

const installAgain = "Install the packages of the project again: npm ci";
const args = process.argv.slice(2);
const asksVersion = args.some(isVersion) && args.every((word) => isVersion(word) || word === "--json");
const { TIDEGATE_LAUNCHER: launcher, TIDEGATE_NODE: named } = process.env;
delete process.env.TIDEGATE_LAUNCHER;

if (asksVersion) {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`error[not-writable]: The version could not be written\n  | ${error.message}\n`);
    process.exitCode = 4;
  });
  process.stdout.write(args.includes("--json") ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`);
} else if (launcher === undefined && (isNodeTooOld(process.versions.node) || isAnother(named))) {
  const { launch } = await import("../launcher/launch.ts");
  const { message, cause, hint } = await launch(fileURLToPath(import.meta.url), args, process.env);
  await fail("node-too-old", message, cause, hint);
} else {
  if (launcher !== undefined) endWith(Number(launcher));
  enableCompileCache();
  await start();
}

/** From a copy that no task removes; from where this file is, when nobody wipes that. */
async function start(): Promise<void> {
  const here = dirname(fileURLToPath(import.meta.url));
  const own = ownCopy(here, process.env);
  if ("damaged" in own) return fail("internal", `Tidegate is damaged: ${own.damaged}`, undefined, installAgain);
  const main =
    "copy" in own ? import(/* @vite-ignore */ pathToFileURL(join(own.copy, "main.js")).href) : import("./main.ts");
  await main.then((loaded) => loaded.main(args), cannotLoad);
}

/** Another Node than this one is asked for by name. */
function isAnother(file: string | undefined): boolean {
  return file !== undefined && file !== "" && file !== process.execPath && realFile(file) !== process.execPath;
}

/** Whoever started this in its place may be killed and can tell nobody; the system then gives it another parent. */
function endWith(parent: number): void {
  if (process.pid === parent) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, 1000);
  timer.unref();
}

/** A part of the installation is missing or damaged: what would render it is, too. */
function cannotLoad(error: unknown): Promise<void> {
  return fail("internal", "Tidegate cannot be loaded", String(error), installAgain);
}

/** Without the renderers: they need a current Node, and all of Tidegate. The exit code is that of both codes. */
async function fail(code: string, message: string, cause: string | undefined, hint: string): Promise<void> {
  process.exitCode = 4;
  if (args.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ type: "failure", code, message, cause, hint })}\n`);
    return;
  }
  const because = cause === undefined ? "" : `  | ${cause.replace(/\n/g, "\n  | ")}\n`;
  const text = `error[${code}]: ${message}\n${because}  hint: ${hint.replace(/\n/g, "\n        ")}\n`;
  const { isTTY, columns } = process.stderr;
  process.stderr.write(isTTY ? await folded(text, columns || 120) : text);
}

/** What folds may be the part that is missing. */
function folded(text: string, width: number): Promise<string> {
  return import("./render/fold.ts").then(({ foldText }) => foldText(text, width)).catch(() => text);
}

function isVersion(word: string): boolean {
  return word === "--version" || word === "-v" || word === "version";
}
