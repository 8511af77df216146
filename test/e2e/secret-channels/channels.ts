import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The bytes of every file below a folder, if there is one, by `prefix` and its path; of a database also the values in it. */
export function filesBelow(folder: string, prefix: string): [string, Buffer][] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.flatMap((entry): [string, Buffer][] => {
    const file = join(entry.parentPath, entry.name);
    const name = `${prefix}/${relative(folder, file)}`;
    const bytes = readFileSync(file);
    const isDatabase = bytes.subarray(0, 15).toString("latin1") === "SQLite format 3";
    return [[name, bytes], ...(isDatabase ? [[`${name}: values`, valuesOf(file)] as [string, Buffer]] : [])];
  });
}

/** A value may be cut into pages. */
function valuesOf(file: string): Buffer {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    return Buffer.concat(rows.flatMap((row) => Object.values(row).map(bytesOf)));
  } finally {
    database.close();
  }
}

function bytesOf(value: unknown): Buffer {
  return value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(`${String(value)}\n`);
}

/** The texts in lines of JSON, as they were before they became JSON; what is no JSON is left out. */
export function textsIn(json: Buffer): Buffer {
  const texts: string[] = [];
  for (const line of json.toString().split("\n")) if (line.startsWith("{")) collect(parse(line), texts);
  return Buffer.from(texts.join("\n"));
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function collect(data: unknown, texts: string[]): void {
  if (typeof data === "string") texts.push(data);
  else if (typeof data === "object" && data !== null)
    for (const [key, value] of Object.entries(data)) {
      texts.push(key);
      collect(value, texts);
    }
}

/** Every command line that any process of the machine had while the work was done. */
export async function commandLinesDuring(work: () => Promise<void>): Promise<Buffer> {
  const seen = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync("/proc")) if (/^\d+$/.test(pid)) seen.add(commandLine(pid));
  }, 15);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Buffer.from([...seen].join("\n"), "latin1");
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    // It has ended meanwhile.
    return "";
  }
}
