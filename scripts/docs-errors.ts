/**
 * Writes docs/errors.md from src/errors/codes.ts. With `--check` it writes nothing, and fails when the page no longer
 * says what the code says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorsPage } from "./docs/errors-page.ts";

const path = join(import.meta.dirname, "../docs/errors.md");
const page = errorsPage();

if (!process.argv.includes("--check")) {
  writeFileSync(path, page);
} else if (read(path) !== page) {
  console.error("docs/errors.md is not what src/errors/codes.ts says. Mend it with: npm run docs:errors");
  process.exitCode = 1;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
