import { locateFailure } from "./locate-failure.ts";
import { longestMessage, longestName, longestText, type TestResult } from "./test-result.ts";

/** Surefire's elements for a test that was run again: `flaky…` when it passed in the end, `rerun…` when it did not. */
const flakyElements = new Set(["flakyFailure", "flakyError"]);
const failureElements = new Set(["failure", "error", "rerunFailure", "rerunError"]);

/** One `testcase` element while it is read. */
export class JunitCase {
  readonly #attributes: ReadonlyMap<string, string>;
  readonly #suites: readonly string[];
  readonly #suiteFile: string | undefined;
  #hasFailed = false;
  #isSkipped = false;
  #isFlaky = false;
  #message: string | undefined;
  #text = "";
  #reason = "";
  /** Whose text is being read. */
  #reading: "failure" | "reason" | undefined;

  /** `suites`: the names of the suites around it. `suiteFile`: the file that the nearest of them declares. */
  constructor(attributes: ReadonlyMap<string, string>, suites: readonly string[], suiteFile: string | undefined) {
    this.#attributes = attributes;
    this.#suites = suites;
    this.#suiteFile = suiteFile;
  }

  /** Whether a failure was told of, even one that does not count. */
  get hasFailure(): boolean {
    return this.#hasFailed;
  }

  open(element: string, attributes: ReadonlyMap<string, string>): void {
    if (failureElements.has(element)) {
      this.#hasFailed = true;
      this.#message ??= attributes.get("message");
      this.#reading = "failure";
    } else if (flakyElements.has(element)) this.#isFlaky = true;
    else if (element === "skipped") {
      this.#isSkipped = true;
      this.#reason = attributes.get("message") ?? "";
      this.#reading = "reason";
    } else if (element !== "stackTrace") this.#reading = undefined;
  }

  close(element: string): void {
    if (element !== "stackTrace") this.#reading = undefined;
  }

  text(piece: string): void {
    if (this.#reading === "failure") this.#text = appended(this.#text, piece);
    else if (this.#reading === "reason") this.#reason = appended(this.#reason, piece);
  }

  result(): TestResult {
    const file = this.#file();
    const durationMs = millisecondsOf(this.#attributes.get("time"));
    const known = {
      name: this.#name(file),
      ...(file !== undefined && { file }),
      ...(durationMs !== undefined && { durationMs }),
    };
    // node:test says of an expected failure both that it failed and that it does not count.
    if (this.#isSkipped && (!this.#hasFailed || this.#attributes.has("failure")))
      return { ...known, result: "skipped", flaky: false, message: this.#reason.trim() };
    if (!this.#hasFailed) return { ...known, result: "passed", flaky: this.#isFlaky, message: "" };
    const place = locateFailure(this.#text, { file, line: this.#line(), classname: this.#classname() });
    return { ...known, result: "failed", flaky: false, message: this.#why(), ...(place && { place }) };
  }

  #classname(): string {
    return (this.#attributes.get("classname") ?? this.#attributes.get("class") ?? "").trim();
  }

  /**
   * The class, or else the suites, and the name. jest-junit has the suites in the name, and repeats it as the class;
   * node:test has the class "test" for what stands in no suite, and else the suites' names.
   */
  #name(file: string | undefined): string {
    const name = (this.#attributes.get("name") ?? "").trim() || "(unnamed)";
    const classname = this.#classname();
    if (classname === name) return name.slice(0, longestName);
    const suites = this.#suites.filter((suite) => suite !== file && suite !== "undefined");
    const isNoClass = classname === "" || (classname === "test" && this.#attributes.has("file"));
    const around = isNoClass || isDotted(classname, suites) ? suites : [classname];
    return [...around, name].join(" › ").slice(0, longestName);
  }

  /** Vitest has it as the class, and as the suite. */
  #file(): string | undefined {
    const declared = this.#attributes.get("file") ?? this.#attributes.get("filepath") ?? this.#suiteFile;
    if (declared) return declared;
    const suite = this.#suites.at(-1);
    return suite !== undefined && suite === this.#classname() && /\.[cm]?[jt]sx?$/.test(suite) ? suite : undefined;
  }

  #line(): number | undefined {
    const line = Number(this.#attributes.get("line") ?? Number.NaN);
    if (!Number.isSafeInteger(line) || line < 0) return undefined;
    // pytest counts from 0.
    return this.#file()?.endsWith(".py") ? line + 1 : line || undefined;
  }

  #why(): string {
    return ((this.#message ?? "").trim() || firstLines(this.#text)).slice(0, longestMessage);
  }
}

/** node:test: `sum.nested` in the suites "sum" and "nested". */
function isDotted(classname: string, suites: readonly string[]): boolean {
  return suites.length > 1 && suites.slice(-classname.split(".").length).join(".") === classname;
}

/** `0.123` and `1,234.5` are seconds. */
function millisecondsOf(time: string | undefined): number | undefined {
  const seconds = Number((time ?? "").replaceAll(",", "") || Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 && seconds < 1e7 ? seconds * 1000 : undefined;
}

function appended(text: string, piece: string): string {
  return text.length >= longestText ? text : text + piece.slice(0, longestText - text.length);
}

function firstLines(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}
