import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { LoadedProject } from "../load/load.ts";
import { ownIndex } from "../load/own-modules.ts";
import { sourceText } from "../load/source-text.ts";
import { type Compiler, findCompiler, isRecentEnough, resolveFrom } from "./compiler.ts";
import { diagnosticsOf, toFailure } from "./types-output.ts";

export type TypesChecked = "checked" | { readonly skipped: string };

/** Longer than any definition takes to compile. */
const timeLimitMs = 60_000;

/**
 * Compiles the definition with the project's own TypeScript, if it has one, against the types of the running
 * Tidegate. Only what stands in the definition and in the project's files that it imports counts.
 */
export async function checkTypes({ file, folder }: Place): Promise<Result<TypesChecked>> {
  const compiler = findCompiler(folder);
  const obstacle = obstacleTo({ file, folder }, compiler);
  if (obstacle !== undefined || compiler === undefined) return ok({ skipped: obstacle ?? "" });
  const scratch = mkdtempSync(join(tmpdir(), "tidegate-types-"));
  try {
    const config = join(scratch, "tsconfig.json");
    writeFileSync(config, JSON.stringify(compilerConfig(file, folder)));
    return judge(await run(compiler, config, folder), folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type Place = Pick<LoadedProject, "file" | "folder">;

function obstacleTo({ file, folder }: Place, compiler: Compiler | undefined): string | undefined {
  if (/\.m?js$/.test(file) && !/^\s*\/\/\s*@ts-check/m.test(sourceText(file))) {
    return "the definition is JavaScript without // @ts-check";
  }
  // Where npm has no place, nobody should be told to make one for it.
  if (compiler === undefined && !existsSync(join(folder, "package.json"))) return "no TypeScript here";
  if (compiler === undefined) return "TypeScript is not installed in the project: npm i -D typescript";
  if (!isRecentEnough(compiler)) return `TypeScript ${compiler.version} is too old: npm i -D typescript@latest`;
  return ownTypes() === undefined ? "this Tidegate was installed without its types" : undefined;
}

/** As Node runs the file, and as strict as the builders' types need: the project's own settings are for its code. */
function compilerConfig(file: string, folder: string): object {
  const nodeTypes = resolveFrom(folder, "@types/node/package.json");
  return {
    files: [file],
    compilerOptions: {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      allowJs: true,
      target: "esnext",
      module: "preserve",
      moduleResolution: "bundler",
      moduleDetection: "force",
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      types: nodeTypes === undefined ? [] : ["node"],
      ...(nodeTypes !== undefined && { typeRoots: [dirname(dirname(nodeTypes))] }),
      paths: ownPaths(folder),
    },
  };
}

function ownPaths(folder: string): Record<string, string[]> {
  const zod =
    resolveFrom(folder, "zod") === undefined ? resolveFrom(import.meta.dirname, "zod/package.json") : undefined;
  return {
    tidegate: [ownTypes()!],
    ...(zod !== undefined && { zod: [join(dirname(zod), "index.d.ts")], "zod/*": [join(dirname(zod), "*")] }),
  };
}

function ownTypes(): string | undefined {
  const index = fileURLToPath(ownIndex());
  return [index.replace(/\.js$/, ".d.ts")].find((types) => /\.ts$/.test(types) && existsSync(types));
}

function run(compiler: Compiler, config: string, folder: string): Promise<string> {
  const args = [compiler.script, "-p", config, "--pretty", "false"];
  const options = { cwd: folder, timeout: timeLimitMs, maxBuffer: 16 * 1024 * 1024 };
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, args, options, (error, stdout, stderr) => {
    resolve(error !== null && stdout === "" ? `failed: ${stderr || error.message}` : stdout);
  });
  return promise;
}

function judge(output: string, folder: string): Result<TypesChecked> {
  const diagnostics = diagnosticsOf(output, folder);
  const own = dirname(fileURLToPath(ownIndex()));
  const counted = diagnostics.filter(({ file }) => !file.includes("/node_modules/") && !file.startsWith(`${own}/`));
  if (counted.length > 0) return failed(...counted.map(toFailure));
  const understood = output.trim() === "" || diagnostics.length > 0;
  return ok(understood ? "checked" : { skipped: `TypeScript could not start: ${output.trim().split("\n", 1)[0]}` });
}
