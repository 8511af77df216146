import { feedFile } from "./feed-file.ts";
import { JunitCase } from "./junit-case.ts";
import type { ReadTests, TakeTest, TestResult } from "./test-result.ts";
import { type XmlListener, XmlScanner } from "./xml-scanner.ts";

/**
 * Reads a JUnit XML report in memory that does not grow with it, and gives each of its tests to `take`. Tests are the
 * `testcase` elements, and not what suites claim; a suite's own failure counts as one. Nothing is expanded or fetched.
 *
 * @throws an error whose message says why the report cannot be read.
 */
export function readJunit(path: string, take: TakeTest): ReadTests {
  const tests = new JunitTests(take);
  const scanner = new XmlScanner(tests, { allowsDoctype: false });
  feedFile(path, (text) => scanner.write(text));
  scanner.end();
  return tests.finish();
}

interface Suite {
  readonly name: string;
  readonly file: string | undefined;
  /** What it says that failed in it. */
  readonly claimed: Claimed;
  /** Failures that are told of in it and below it. */
  told: number;
  /** Failures that it, or suites below it, say that there are, and that are not told of. */
  untold: number;
  /** gotestsum writes a test that was run again as a second one of the same name. */
  repeats: boolean;
  /** Failed tests of a suite whose tests may be repeated, until it ends. */
  readonly held: Map<string, TestResult>;
}

interface Claimed {
  readonly failures: number;
  readonly errors: number;
}

/** A suite with more failures than this is not one whose tests were run again. */
const mostHeld = 1000;

/** The tests in the elements of a JUnit report. Knows the habits of the reporters; `JunitCase` knows what a test holds. */
class JunitTests implements XmlListener {
  readonly #take: TakeTest;
  readonly #suites: Suite[] = [];
  #isReport = false;
  #untold = 0;
  #isGotestsum = false;
  #case: JunitCase | undefined;
  /** Elements that are open inside of the test. */
  #inside = 0;

  constructor(take: TakeTest) {
    this.#take = take;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.#case !== undefined) {
      this.#inside += 1;
      this.#case.open(name, attributes);
    } else if (name === "testcase") this.#case = this.#newCase(attributes);
    else if (name === "testsuite" || name === "testsuites") this.#openSuite(name, attributes);
    else this.#besides(name, attributes);
  }

  close(name: string): void {
    if (this.#case !== undefined) this.#closeInCase(name);
    else if (name === "testsuite" || name === "testsuites") this.#closeSuite();
  }

  text(piece: string): void {
    this.#case?.text(piece);
  }

  /** @throws when it was no report. */
  finish(): ReadTests {
    if (!this.#isReport) throw new Error("It has neither a testsuites nor a testsuite element");
    return { untoldFailures: this.#untold };
  }

  #openSuite(element: string, attributes: ReadonlyMap<string, string>): void {
    this.#isReport = true;
    const name = element === "testsuite" ? (attributes.get("name") ?? "") : "";
    const file = attributes.get("file") ?? attributes.get("filepath");
    const held = new Map<string, TestResult>();
    this.#suites.push({ name, file, claimed: claimOf(attributes), told: 0, untold: 0, repeats: false, held });
  }

  #closeSuite(): void {
    const suite = this.#suites.pop();
    if (suite === undefined) return;
    for (const test of suite.held.values()) this.#take(test);
    const outer = this.#suites.at(-1);
    const untold = Math.max(suite.untold, this.#claimed(suite, outer === undefined) - suite.told);
    if (outer === undefined) this.#untold += untold;
    else {
      outer.told += suite.told;
      outer.untold += untold;
    }
  }

  /** gotestsum counts at the root as errors what Go said besides, warnings of a linker for one. */
  #claimed({ claimed: { failures, errors } }: Suite, isRoot: boolean): number {
    return isRoot && this.#isGotestsum ? failures : failures + errors;
  }

  /** A failure of the suite itself is told like a test's. */
  #besides(name: string, attributes: ReadonlyMap<string, string>): void {
    const suite = this.#suites.at(-1);
    if (suite === undefined) return;
    if (name === "property" && attributes.get("name") === "go.version") {
      suite.repeats = true;
      this.#isGotestsum = true;
    }
    if (name !== "error" && name !== "failure") return;
    this.#case = this.#newCase(new Map([["name", "(suite)"]]));
    this.#case.open(name, attributes);
    this.#inside = 0;
  }

  #newCase(attributes: ReadonlyMap<string, string>): JunitCase {
    this.#inside = 0;
    const suites = this.#suites.map(({ name }) => name).filter((name) => name !== "");
    const file = this.#suites.findLast((suite) => suite.file !== undefined)?.file;
    const roots = this.#suites[0]?.name ? 1 : 0;
    return new JunitCase(attributes, { suites, roots, suiteFile: file });
  }

  #closeInCase(name: string): void {
    const test = this.#case!;
    if (this.#inside > 0) {
      this.#inside -= 1;
      test.close(name);
      return;
    }
    if (name !== "testcase") test.close(name);
    this.#case = undefined;
    this.#finishCase(test);
  }

  #finishCase(test: JunitCase): void {
    const suite = this.#suites.at(-1);
    if (suite !== undefined) suite.told += test.failures;
    const result = test.result();
    if (suite?.repeats) this.#takeRepeated(suite, result);
    else this.#take(result);
  }

  /** The last time counts: a test that passed after it had failed is flaky. */
  #takeRepeated({ held }: Suite, test: TestResult): void {
    const key = JSON.stringify([test.file, test.name]);
    const hasFailed = held.delete(key);
    if (test.result === "failed" && held.size < mostHeld) held.set(key, test);
    else this.#take(hasFailed ? { ...test, flaky: test.result === "passed" } : test);
  }
}

function claimOf(attributes: ReadonlyMap<string, string>): Claimed {
  const [failures, errors] = ["failures", "errors"].map((name) => {
    const number = Number.parseInt(attributes.get(name) ?? "", 10);
    return Number.isSafeInteger(number) && number > 0 ? number : 0;
  });
  return { failures: failures!, errors: errors! };
}
