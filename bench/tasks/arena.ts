import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Arena, Ready } from "./cases.ts";
import type { Contender } from "./contender.ts";
import type { Stopwatch } from "./process.ts";
import { shellScript } from "./references.ts";
import { moduleLinks } from "./tools.ts";
import { commands, type Package, packagesOf, writeWorkspace } from "./workspace.ts";

export interface ArenaOptions {
  readonly folder: string;
  readonly count: number;
  readonly contenders: readonly Contender[];
  /** Where the tools are installed. */
  readonly tools: string;
  readonly watch: Stopwatch;
  readonly limitMs: number;
}

/** A workspace for each tool, all alike, and one for the references. */
export function makeArena({ folder, count, contenders, tools, watch, limitMs }: ArenaOptions): Arena {
  const packages = packagesOf(count);
  const ready = contenders.map((contender, position) => {
    const own = join(folder, String(position));
    setUp(own, contender, packages, tools);
    return { contender, folder: own, command: contender.command(own, tools) } satisfies Ready;
  });
  const plainFolder = join(folder, "plain");
  const files = { "all.sh": shellScript(packages) };
  writeWorkspace({ folder: plainFolder, packages, manifest: () => ({ scripts: commands }), files, modules: {} });
  return {
    watch,
    packages,
    tools: ready,
    plainFolder,
    stub: writeStub(join(folder, "stub")),
    trash: join(folder, "trash"),
    limitMs,
  };
}

function setUp(folder: string, contender: Contender, packages: readonly Package[], tools: string): void {
  const { files, manifest, rootManifest } = contender.setUp(packages);
  const modules = Object.keys(contender.pins).length === 0 ? {} : moduleLinks(tools);
  const root = { ...rootManifest, devDependencies: contender.pins };
  writeWorkspace({ folder, packages, manifest, files, rootManifest: root, modules });
}

/** Runs what `npm run build` and `npm run test` would run, and nothing else. */
function writeStub(folder: string): string {
  const cases = Object.entries(commands).map(([name, command]) => `  *" ${name} "*) ${command} ;;`);
  mkdirSync(folder, { recursive: true });
  const lines = ["#!/bin/sh", `case " $* " in`, ...cases, `  *" --version "*|*" -v "*) echo 11.0.0 ;;`, "esac", ""];
  writeFileSync(join(folder, "npm"), lines.join("\n"), { mode: 0o755 });
  return folder;
}
