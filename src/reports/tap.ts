import { feedFile } from "./feed-file.ts";
import { TapTests } from "./tap-tests.ts";
import type { ReadTests, TakeTest } from "./test-result.ts";

/** What is longer is cut: a line of a report says what it has to say at its beginning. */
const longestLine = 8192;

/**
 * Reads a report in the Test Anything Protocol (13 and 14, with subtests), in memory that does not grow with it, and
 * gives each of its tests to `take`.
 *
 * @throws an error whose message says why the report cannot be read: no plan, fewer tests than the plan promises.
 */
export function readTap(path: string, take: TakeTest): ReadTests {
  const tests = new TapTests(take);
  let rest = "";
  feedFile(path, (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) tests.line(line.slice(0, longestLine).replace(/\r$/, ""));
  });
  if (rest !== "") tests.line(rest);
  return tests.finish();
}
