import { objectOf, textsOf } from "../relaxed-json.ts";
import type { Repository } from "../repository.ts";

/**
 * Scripts of packages that the project's own scripts have a task runner carry out everywhere: `lerna run build`,
 * `nx run-many -t build lint`. What a configuration does not describe is a task nevertheless.
 */
export function askedFor(repository: Repository): string[] {
  const scripts = Object.values(objectOf(repository.readJson("package.json").scripts));
  return [...new Set(textsOf(scripts).flatMap((script) => script.split(/&&|\|\||;/).flatMap(targetsIn)))];
}

function targetsIn(command: string): string[] {
  const words = command.trim().split(/\s+/);
  const lerna = words.indexOf("lerna");
  if (lerna !== -1 && words[lerna + 1] === "run")
    return words
      .slice(lerna + 2)
      .filter(isName)
      .slice(0, 1)
      .flatMap(names);
  const nx = words.indexOf("nx");
  if (nx === -1 || !/^(run-many|affected)$/.test(words[nx + 1] ?? "")) return [];
  const rest = words.slice(nx + 2);
  return rest.flatMap((word, at) => {
    const [option, value] = word.split("=", 2);
    if (!/^(-t|--targets?)$/.test(option ?? "")) return [];
    if (value !== undefined) return names(value);
    const after = rest.slice(at + 1);
    const end = after.findIndex((each) => each.startsWith("-"));
    return (end === -1 ? after : after.slice(0, end)).flatMap(names);
  });
}

function isName(word: string): boolean {
  return !word.startsWith("-");
}

function names(word: string): string[] {
  return word.split(",").filter((name) => /^[\w:.-]+$/.test(name));
}
