const short: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\\": "\\\\",
  "'": "\\'",
  "\x07": "\\a",
  "\b": "\\b",
  "\x1b": "\\E",
  "\f": "\\f",
  "\v": "\\v",
};

/** The value between the quotes that shells and their tracing (`set -x`, `export -p`, `printf %q`) write. */
export function shellForms(value: string): string[] {
  return [
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replace(/[\\"$`]/g, "\\$&"),
    value.replace(/[\\"$`!]/g, "\\$&"),
    value.replace(/[^\w@%+=:,./\-\x80-\u{10ffff}]/gu, backslash),
    // zsh and older bash leave fewer characters as they are.
    value.replace(/[^\w%+:./\-\x80-\u{10ffff}]/gu, backslash),
    ...dollarForms(value),
  ];
}

/** PowerShell, also YAML and SQL: doubled quotes, or backticks. */
export function powerShellForms(value: string): string[] {
  const backticks = value.replace(/[`"$]/g, "`$&");
  const lines = backticks.replaceAll("\r", "`r").replaceAll("\n", "`n").replaceAll("\t", "`t");
  const doubled = value.replace(/[`$]/g, "`$&").replaceAll('"', '""');
  return [value.replaceAll("'", "''"), value.replaceAll('"', '""'), backticks, lines, doubled];
}

/** Between `$'` and `'`: what is not printable by short names, octal or hexadecimal. */
function dollarForms(value: string): string[] {
  const octal = (byte: number) => `\\${byte.toString(8).padStart(3, "0")}`;
  const hex = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;
  return [
    quoteDollar(value, (mark) => mark),
    quoteDollar(value, (mark) => bytesOf(mark).map(octal).join("")),
    quoteDollar(value, (mark) => bytesOf(mark).map(hex).join("")),
    quoteDollar(value, (mark) =>
      bytesOf(mark)
        .map((byte) => hex(byte).toUpperCase().replace("X", "x"))
        .join(""),
    ),
  ].flatMap((form) => [form, form.replaceAll('"', '\\"')]);
}

function quoteDollar(value: string, beyondAscii: (mark: string) => string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return value.replace(/[\0-\x1f\\'\x7f]|[^\0-\x7f]/gu, (mark) => {
    return short[mark] ?? (mark > "\x7f" ? beyondAscii(mark) : `\\${mark.charCodeAt(0).toString(8).padStart(3, "0")}`);
  });
}

function bytesOf(mark: string): number[] {
  return [...Buffer.from(mark, "utf8")];
}

/** A line end cannot be escaped with a backslash: it would vanish. */
function backslash(mark: string): string {
  return mark === "\n" ? "'\n'" : `\\${mark}`;
}
