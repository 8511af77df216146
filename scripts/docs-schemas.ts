/**
 * Writes the JSON Schemas of docs/schemas/ from the schemas in src/documents/. With `--check` it writes nothing, and fails
 * when one no longer says what the code says.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { publishedSchemas } from "./docs/schemas.ts";

const folder = join(import.meta.dirname, "../docs/schemas");

if (!process.argv.includes("--check")) {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of publishedSchemas()) writeFileSync(join(folder, name), text);
} else {
  const stale = [...publishedSchemas()].filter(([name, text]) => read(join(folder, name)) !== text);
  for (const [name] of stale)
    console.error(`docs/schemas/${name} is not what src/documents/ says. Mend it with: npm run docs:schemas`);
  if (stale.length > 0) process.exitCode = 1;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
