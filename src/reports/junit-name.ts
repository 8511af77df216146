import { keptName } from "./kept-name.ts";

/** What a `testcase` and the suites around it are called. */
export interface JunitNames {
  readonly name: string;
  readonly classname: string;
  /** Around it, from the outside in; one without a name is left out. */
  readonly suites: readonly string[];
  /** How many of the suites are the report's root. */
  readonly roots: number;
  readonly file: string | undefined;
  /** The class names no class: node:test has "test" for what stands in no suite. */
  readonly isNoClass: boolean;
  /** PHPUnit, whose suites are classes, or groups of them. */
  readonly hasClassOfItsOwn: boolean;
}

/** What runners call the suite that holds everything. */
const whole = /^(undefined|pytest|rspec\d*|(jest|mocha|pytest|unit) tests?|root suite|default)$/i;

/**
 * The whole name of a test: its class, or else its suites, and its name; in front of a class the suites that the class
 * does not repeat, because the same class may stand in several (one for each browser, say). jest-junit has the suites in
 * the name, and repeats it as the class. A suite that is the root holds everything there is and tells nothing apart.
 */
export function junitName(names: JunitNames): string {
  const { name, classname, isNoClass } = names;
  const suites = names.suites.filter((suite) => suite !== names.file && suite !== "undefined");
  if (isNoClass || (classname !== name && isDotted(classname, suites))) return joined([...suites, name]);
  const around = names.hasClassOfItsOwn
    ? []
    : names.suites.slice(names.roots).filter((suite) => !isRepeated(suite, names));
  return joined(classname === name ? [...around, name] : [...around, classname, name]);
}

function joined(parts: readonly string[]): string {
  return keptName(parts.join(" › "));
}

/** Paths of this machine would make another test of it elsewhere. */
function isRepeated(suite: string, { name, classname, file }: JunitNames): boolean {
  if (suite === file || whole.test(suite) || /^([/\\]|[A-Za-z]:[/\\])/.test(suite)) return true;
  const [own, shown] = [dotted(suite), dotted(classname)];
  if (shown === own || shown.startsWith(`${own}.`) || shown.endsWith(`.${own}`) || own.startsWith(`${shown}.`))
    return true;
  return [name, classname].some((text) => text === suite || text.startsWith(`${suite} `));
}

/** `a/b::c` and `a\b.c` are `a.b.c`. */
function dotted(name: string): string {
  return name.replace(/[/\\:]+/g, ".");
}

/** node:test: `sum.nested` in the suites "sum" and "nested". */
function isDotted(classname: string, suites: readonly string[]): boolean {
  return suites.length > 1 && suites.slice(-classname.split(".").length).join(".") === classname;
}
