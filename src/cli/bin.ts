#!/usr/bin/env node
import { enableCompileCache } from "./compile-cache.ts";
import { isNodeTooOld, nodeTooOld } from "./node-version.ts";
import { version } from "./version.ts";

// This file and what it imports statically must parse on any Node that knows modules, and stay small: `--version`
// loads nothing else. Everything that needs a current Node stands behind the import below.

const args = process.argv.slice(2);
const asksVersion = args.some(isVersion) && args.every((word) => isVersion(word) || word === "--json");

if (asksVersion) {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    process.stderr.write(`error[not-writable]: The version could not be written\n  | ${error.message}\n`);
    process.exitCode = 4;
  });
  process.stdout.write(args.includes("--json") ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`);
} else if (isNodeTooOld(process.versions.node)) {
  process.exitCode = nodeTooOld(process.versions.node, args.includes("--json"));
} else {
  enableCompileCache();
  await import("./main.ts").then(({ main }) => main(args), cannotLoad);
}

/** A part of the installation is missing or damaged: what would render it is, too. */
function cannotLoad(error: unknown): void {
  const hint = "Install it again: npm i -D tidegate";
  process.stderr.write(`error[internal]: Tidegate cannot be loaded\n  | ${String(error)}\n  hint: ${hint}\n`);
  process.exitCode = 4;
}

function isVersion(word: string): boolean {
  return word === "--version" || word === "-v" || word === "version";
}
