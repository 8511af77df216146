/** Between the names of suites: as names are shown, and as people type it. */
const separator = / [›>] /g;

/**
 * Whether a pattern means a test: `*` stands for any text, ` > ` is as good as ` › `. It is held against the whole name (`a.test.ts › sum › adds`)
 * and against what is left of it without the outer suites (`sum › adds`, `adds`). Takes time in proportion to the name.
 */
export function meansTest(typed: string, shown: string): boolean {
  const [pattern, name] = [typed, shown].map((text) => text.replaceAll(separator, " › ")) as [string, string];
  for (let at = 0; at !== -1; ) {
    if (fits(pattern, name.slice(at))) return true;
    const next = name.indexOf(" › ", at);
    at = next === -1 ? -1 : next + 3;
  }
  return false;
}

function fits(pattern: string, text: string): boolean {
  const [first = "", ...others] = pattern.split("*");
  const last = others.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const inner = text.slice(first.length, text.length - last.length);
  let at = 0;
  return others.every((part) => {
    const found = inner.indexOf(part, at);
    at = found + part.length;
    return found !== -1;
  });
}
