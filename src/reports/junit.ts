import { feedFile } from "./feed-file.ts";
import { JunitTests } from "./junit-tests.ts";
import type { ReadTests, TakeTest } from "./test-result.ts";
import { XmlScanner } from "./xml-scanner.ts";

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
