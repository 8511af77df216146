import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Block, root } from "./pages.ts";

/** What the TypeScript compiler says of the blocks, each as a module of its own; "" when it has nothing to say. */
export function compile(blocks: readonly Block[]): string {
  const folder = mkdtempSync(join(tmpdir(), "tidegate-docs-"));
  try {
    const files = blocks.map((block) => {
      const name = `${block.page.replaceAll(/\W/g, "-")}-line-${block.line}.ts`;
      writeFileSync(join(folder, name), block.text);
      return name;
    });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(compilerOptions(files)));
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { stdout, stderr, error } = spawnSync(compiler, ["-p", folder], { cwd: folder, encoding: "utf8" });
    if (error !== undefined) throw error;
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The project's own, for files that stand outside of it. */
function compilerOptions(files: readonly string[]): unknown {
  return {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      typeRoots: [join(root, "node_modules/@types")],
      paths: { tidegate: [join(root, "src/index.ts")] },
    },
    files,
    include: [],
  };
}
