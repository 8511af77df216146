import type { Failure, Location } from "../../errors/failure.ts";
import type { Problem } from "../problem.ts";
import { hiddenOnce, locationAt, locationOf } from "./location.ts";
import { Modules, type Spot } from "./modules.ts";
import { sourceText } from "./source-text.ts";
import { meaningOf, stepInto } from "./walk.ts";

/**
 * Problems as failures with their places in the definition's source, in the order of the source. What the source does
 * not write out (a helper's result, a computed key) is located at the nearest thing around it that it does.
 */
export function locateProblems(file: string, problems: readonly Problem[]): readonly Failure[] {
  const search = newSearch();
  const found = problems.map(({ path, at, ...failure }): Located => {
    return { ...failure, location: locate(search, file, path, at) };
  });
  const sorted = found.sort((a, b) => compare(file, a.location, b.location));
  return sorted.filter((one, index) => !sorted.slice(0, index).some((other) => isSame(one, other)));
}

/** Where each of the paths is written, in their order; for those that are not written out, the nearest thing around them. */
export function locateEach(file: string, paths: readonly Pick<Problem, "path" | "at">[]): readonly Location[] {
  const search = newSearch();
  return paths.map(({ path, at }) => locate(search, file, path, at));
}

/** What is read once for all that is looked for. */
interface Search {
  readonly modules: Modules;
  readonly hidden: ReturnType<typeof hiddenOnce>;
}

function newSearch(): Search {
  return { modules: new Modules(), hidden: hiddenOnce() };
}

interface Located extends Failure {
  readonly location: Location;
}

function locate({ modules, hidden }: Search, file: string, path: Problem["path"], at: Problem["at"]): Location {
  const place = ({ module, node }: Spot) => locationAt(module.file, module.text, node.start, node.end, hidden);
  const definition = modules.open(file);
  const exported = definition && modules.exported(definition, "default");
  if (exported === undefined) return fallback(file);
  let value = exported;
  for (const [index, key] of path.entries()) {
    const step = stepInto(modules, value, key);
    if (step === undefined) return place(meaningOf(modules, value));
    if (at === "key" && index === path.length - 1) return place(step.key ?? step.value);
    value = step.value;
  }
  return place(meaningOf(modules, value));
}

function fallback(file: string): Location {
  const text = sourceText(file);
  const start = text.search(/\bdefineProject\s*\(/);
  return start === -1 ? locationOf(file, text, 1) : locationAt(file, text, start, start + "defineProject".length);
}

/** The definition comes first, then its imports by name. */
function compare(main: string, a: Location, b: Location): number {
  if (a.file === b.file) return a.line - b.line || a.column - b.column;
  if (a.file === main || b.file === main) return a.file === main ? -1 : 1;
  return a.file < b.file ? -1 : 1;
}

/** A value that several environments share has its problem once for each of them: the first is enough. */
function isSame(a: Located, b: Located): boolean {
  const samePlace = a.location.file === b.location.file && compare("", a.location, b.location) === 0;
  return samePlace && a.code === b.code && a.hint === b.hint && withoutEnvironment(a) === withoutEnvironment(b);
}

function withoutEnvironment({ message }: Failure): string {
  return message.replace(/^Environment "[^"]*"/, "");
}
