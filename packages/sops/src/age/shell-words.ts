/**
 * The words of a command line as SOPS splits it (google/shlex): spaces separate, `'…'` is literal, in `"…"` and outside
 * a backslash keeps the next character, `#` at the start of a word begins a comment. Nothing is expanded. `undefined`
 * when a quote is not closed or a backslash is last.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let rest = line;
  for (;;) {
    rest = rest.replace(/^(?:[ \t\r\n]+|#[^\n]*)+/, "");
    if (rest === "") return words;
    const [raw = ""] = wordForm.exec(rest) ?? [];
    rest = rest.slice(raw.length);
    if (raw === "" || /^[^ \t\r\n]/.test(rest)) return undefined;
    words.push(
      raw.replace(partForm, (_, literal, quoted, escaped) => literal ?? withoutEscapes(quoted) ?? escaped ?? ""),
    );
  }
}

const wordForm = /^(?:'[^']*'|"(?:[^"\\]|\\[\s\S])*"|\\[\s\S]|[^ \t\r\n'"\\])+/;
const partForm = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g;

function withoutEscapes(quoted: string | undefined): string | undefined {
  return quoted?.replace(/\\([\s\S])/g, "$1");
}
