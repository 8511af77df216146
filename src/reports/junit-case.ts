import { resultOfAttributes } from "./junit-attributes.ts";
import { junitName } from "./junit-name.ts";
import { locateFailure } from "./locate-failure.ts";
import { longestMessage, longestText, type TestResult } from "./test-result.ts";

/** Surefire's elements for a test that was run again: `flaky…` when it passed in the end, `rerun…` when it did not. */
const flakyElements = new Set(["flakyFailure", "flakyError"]);
const failureElements = new Set(["failure", "error", "rerunFailure", "rerunError"]);
const skippedElements = new Set(["skipped", "ignored", "disabled"]);

/** Where a test stands in its report. */
export interface JunitPlace {
  /** The names of the suites around it, from the outside in; those without a name are left out. */
  readonly suites: readonly string[];
  /** How many of them are the report's root. */
  readonly roots: number;
  /** The file that the nearest of them declares. */
  readonly suiteFile: string | undefined;
}

/** One `testcase` element while it is read. */
export class JunitCase {
  readonly #attributes: ReadonlyMap<string, string>;
  readonly #place: JunitPlace;
  /** What counts as far as no element says otherwise. */
  readonly #said: "failed" | "skipped" | undefined;
  #failures = 0;
  #hasFailed = false;
  #isSkipped = false;
  #isFlaky = false;
  #message: string | undefined;
  #text = "";
  #reason = "";
  /** Whose text is being read. */
  #reading: "failure" | "reason" | undefined;

  constructor(attributes: ReadonlyMap<string, string>, place: JunitPlace) {
    this.#attributes = attributes;
    this.#place = place;
    this.#said = resultOfAttributes(attributes);
  }

  /** How many failures were told of, even such as do not count. Some runners tell of several in one test. */
  get failures(): number {
    return Math.max(this.#failures, this.#said === "failed" ? 1 : 0);
  }

  open(element: string, attributes: ReadonlyMap<string, string>): void {
    if (failureElements.has(element)) {
      this.#failures += 1;
      this.#hasFailed = true;
      this.#message ??= attributes.get("message");
      this.#reading = "failure";
    } else if (flakyElements.has(element)) {
      this.#failures += 1;
      this.#isFlaky = true;
    } else if (skippedElements.has(element)) {
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
    if (!this.#hasFailed && this.#said === "skipped") return { ...known, result: "skipped", flaky: false, message: "" };
    if (!this.#hasFailed && this.#said === undefined)
      return { ...known, result: "passed", flaky: this.#isFlaky, message: "" };
    const place = locateFailure(this.#text, { file, line: this.#line(), classname: this.#classname() });
    return { ...known, result: "failed", flaky: false, message: this.#why(), ...(place && { place }) };
  }

  #classname(): string {
    return (this.#attributes.get("classname") ?? this.#attributes.get("class") ?? "").trim();
  }

  #name(file: string | undefined): string {
    const classname = this.#classname();
    return junitName({
      name: (this.#attributes.get("name") ?? "").trim() || "(unnamed)",
      classname,
      suites: this.#place.suites,
      roots: this.#place.roots,
      file,
      isNoClass: classname === "" || (classname === "test" && this.#attributes.has("file")),
      hasClassOfItsOwn: this.#attributes.has("class") && this.#attributes.has("classname"),
    });
  }

  /** Vitest has it as the class, and as the suite. */
  #file(): string | undefined {
    const declared = this.#attributes.get("file") ?? this.#attributes.get("filepath") ?? this.#place.suiteFile;
    if (declared) return declared;
    const suite = this.#place.suites.at(-1);
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
