/** Words that cannot be a variable's name in a module. */
const reserved = new Set(
  (
    "arguments async await break case catch class const continue debugger default delete do else enum eval export " +
    "extends false finally for function if implements import in instanceof interface let new null package private " +
    "protected public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);

/** A variable's name for each of the names, no two the same and none of those `taken`. */
export function identifiers(names: readonly string[], taken: readonly string[]): Map<string, string> {
  const used = new Set(taken);
  const found = new Map<string, string>();
  for (const name of names) {
    const wanted = camelCase(name);
    let free = wanted;
    for (let number = 2; used.has(free); number += 1) free = `${wanted}${number}`;
    used.add(free);
    found.set(name, free);
  }
  return found;
}

/** `test:unit` is `testUnit`. */
function camelCase(name: string): string {
  const [first = "", ...more] = name.split(/[^A-Za-z0-9_$]+/).filter((part) => part !== "");
  const joined = first + more.map((part) => part.charAt(0).toUpperCase() + part.slice(1)).join("");
  const valid = /^[A-Za-z_$]/.test(joined) ? joined : `task${joined}`;
  return reserved.has(valid) ? `${valid}Task` : valid;
}

/** A key of the definition for whatever another tool calls a task: `test:unit` becomes `test-unit`. */
export function keyOf(name: string): string {
  const key = name.replace(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[^A-Za-z]+|-+$/g, "");
  return key === "" ? "task" : key.slice(0, 64);
}

/** A label of a host name for a key of the definition: `back_end` becomes `back-end`. */
export function hostLabelOf(key: string): string {
  return key
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
