#!/usr/bin/env node
import { enableCompileCache } from "./compile-cache.ts";
import { isNodeTooOld, nodeTooOld } from "./node-version.ts";
import { version } from "./version.ts";

// This file and what it imports statically must parse on any Node that knows modules, and stay small: `--version`
// loads nothing else. Everything that needs a current Node stands behind the import below.

const args = process.argv.slice(2);
const asksVersion = args.some(isVersion) && args.every((word) => isVersion(word) || word === "--json");

if (asksVersion) {
  process.stdout.write(args.includes("--json") ? `${JSON.stringify({ version: version() })}\n` : `${version()}\n`);
} else if (isNodeTooOld(process.versions.node)) {
  process.exitCode = nodeTooOld(process.versions.node, args.includes("--json"));
} else {
  enableCompileCache();
  const { main } = await import("./main.ts");
  await main(args);
}

function isVersion(word: string): boolean {
  return word === "--version" || word === "-v" || word === "version";
}
