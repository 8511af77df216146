/** The tables of a TOML file, by their names; what is no text and no list of texts is left out. */
export type TomlTables = ReadonlyMap<string, ReadonlyMap<string, string | readonly string[]>>;

/**
 * Reads as much of TOML as projects say of themselves: tables with texts and lists of texts. What it does not understand it
 * leaves out: this is for looking, not for checking.
 */
export function readToml(text: string): TomlTables {
  const tables = new Map<string, Map<string, string | readonly string[]>>();
  let table = new Map<string, string | readonly string[]>();
  tables.set("", table);
  const lines = text.split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!.trim();
    const name = /^\[\[?\s*([^\]]+?)\s*\]?\]\s*(#.*)?$/.exec(line)?.[1];
    if (name !== undefined) {
      table = tables.get(name) ?? new Map();
      tables.set(name.replaceAll('"', ""), table);
      continue;
    }
    const [, key, rest] = /^("[^"]+"|'[^']+'|[\w.-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === undefined || rest === undefined) continue;
    let value = rest;
    if (value.startsWith("[")) while (!isClosed(value) && at + 1 < lines.length) value += `\n${lines[++at]}`;
    table.set(key.replace(/^["']|["']$/g, ""), value.startsWith("[") ? textsIn(value) : scalar(value));
  }
  return tables;
}

const string = /"((?:[^"\\]|\\.)*)"|'([^']*)'/g;

/** Whether the list that began has its end, outside of texts and comments. */
function isClosed(list: string): boolean {
  const bare = list.replace(string, "").replace(/#.*$/gm, "");
  return (bare.match(/\[/g)?.length ?? 0) <= (bare.match(/\]/g)?.length ?? 0);
}

function textsIn(list: string): string[] {
  // A comment may have quotes in it; a text may have a hash in it.
  const kept = list.replace(/("(?:[^"\\]|\\.)*"|'[^']*')|#.*$/gm, (_, text: string | undefined) => text ?? "");
  return [...kept.matchAll(string)].map(([, double, single]) => unescaped(double) ?? single ?? "");
}

function scalar(text: string): string {
  const [, double, single] = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(text) ?? [];
  return unescaped(double) ?? single ?? text.replace(/\s+#.*$/, "");
}

function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/\\(["\\])/g, "$1");
}
