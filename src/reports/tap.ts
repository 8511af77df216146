import { feedFile } from "./feed-file.ts";
import { Diagnosis } from "./tap-diagnosis.ts";
import { longestName, type ReadTests, type TakeTest, type TestResult } from "./test-result.ts";

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

/** What is known of one depth of subtests. */
interface Level {
  /** How many results it had. */
  count: number;
  /** How many its plan promises. */
  planned: number | undefined;
  /** Whether something failed in it, or below. */
  hasFailed: boolean;
  /** The name of the subtest that comes below it: `# Subtest: name`, or a result that ends in `{`. */
  next: string | undefined;
  /** A result that ends in `{`: what it sums up follows. */
  buffered: Line | undefined;
}

/** A result as its line says it. */
interface Line {
  readonly isOk: boolean;
  readonly name: string;
  readonly directive: "skip" | "todo" | undefined;
  readonly reason: string;
  readonly durationMs: number | undefined;
  readonly depth: number;
}

const deepest = 100;
const resultForm = /^(not )?ok\b(?:\s+(\d+))?\s*(?:- )?(.*)$/;
const planForm = /^1\.\.(\d{1,9})(?:\s*#\s*(.*))?$/;

/**
 * The tests in the lines of a TAP report. A result that sums up a subtest is no test of its own, unless it failed and
 * nothing in the subtest did.
 */
class TapTests {
  readonly #take: TakeTest;
  #levels: Level[] = [newLevel()];
  /** The last result: a diagnosis may follow it. */
  #last: { readonly line: Line; readonly diagnosis: Diagnosis } | undefined;
  #isReport = false;

  constructor(take: TakeTest) {
    this.#take = take;
  }

  line(text: string): void {
    if (this.#last?.diagnosis.take(text)) return;
    const indent = text.length - text.trimStart().length;
    const depth = Math.min(deepest, indent >> 2);
    const body = text.slice(indent).trimEnd();
    const subtest = /^# Subtest: (.*)$/.exec(body)?.[1];
    if (subtest !== undefined) this.#subtest(depth, subtest);
    else if (body === "}") this.#closeBuffered(depth);
    else if (/^(not )?ok\b/.test(body)) this.#result(depth, body);
    else if (planForm.test(body)) this.#plan(depth, body);
    else if (/^Bail out!/i.test(body)) this.#bailOut(body);
    else if (/^TAP version 1[34]$/.test(body)) this.#isReport = true;
  }

  /** @throws when it was no report, or was cut off. */
  finish(): ReadTests {
    this.#flush();
    const [{ count, planned }] = this.#levels as [Level];
    if (!this.#isReport && count === 0 && planned === undefined)
      throw new Error("It is no TAP: it has neither a version nor a plan nor a test");
    if (planned === undefined) throw new Error("It has no plan: it may have been cut off");
    if (planned > count) throw new Error(`Its plan promises ${planned} tests, but it has ${count}: it was cut off`);
    return { hasUntoldFailures: false };
  }

  #subtest(depth: number, name: string): void {
    this.#flush();
    this.#level(depth).next = name;
  }

  #plan(depth: number, body: string): void {
    this.#flush();
    this.#level(depth).planned = Number(planForm.exec(body)?.[1]);
  }

  #result(depth: number, body: string): void {
    this.#flush();
    const opens = /(^|[^\\])\{$/.test(body);
    const line = parseResult(opens ? body.slice(0, -1).trimEnd() : body, depth);
    const level = this.#level(depth);
    if (opens) {
      level.next = line.name;
      level.buffered = line;
    } else this.#conclude(line);
  }

  #closeBuffered(depth: number): void {
    this.#flush();
    const line = this.#levels[depth]?.buffered;
    if (line === undefined) return;
    this.#level(depth).buffered = undefined;
    this.#conclude(line);
  }

  /** With tests below it a result is what they come to. */
  #conclude(line: Line): void {
    const below = this.#levels[line.depth + 1];
    if (below !== undefined && below.count > 0) this.#summary(line);
    else {
      this.#levels.splice(line.depth + 1);
      this.#level(line.depth).next = undefined;
      this.#count(line);
    }
  }

  /** The result of a subtest whose tests are already told of. */
  #summary(line: Line): void {
    const [below] = this.#levels.splice(line.depth + 1);
    const isIncomplete = below!.planned !== undefined && below!.planned > below!.count;
    const level = this.#level(line.depth);
    level.next = undefined;
    level.hasFailed ||= below!.hasFailed;
    const isOwnFailure = !line.isOk && line.directive === undefined && !below!.hasFailed;
    if (isOwnFailure || isIncomplete) this.#count({ ...line, isOk: line.isOk && !isIncomplete });
    else level.count += 1;
  }

  #count(line: Line): void {
    const level = this.#level(line.depth);
    level.count += 1;
    if (!line.isOk && line.directive === undefined) level.hasFailed = true;
    this.#last = { line, diagnosis: new Diagnosis() };
  }

  #bailOut(body: string): void {
    this.#flush();
    this.#isReport = true;
    this.#levels = [{ ...newLevel(), planned: 0, hasFailed: true }];
    this.#take({ name: "Bail out!", result: "failed", flaky: false, message: body.replace(/^Bail out!\s*/i, "") });
  }

  /** The result before is complete: nothing more belongs to it. */
  #flush(): void {
    if (this.#last === undefined) return;
    const { line, diagnosis } = this.#last;
    this.#last = undefined;
    const above = this.#levels.slice(0, line.depth).map(({ next }) => next ?? "");
    const name = [...above, line.name || "(unnamed)"].filter((part) => part !== "").join(" › ");
    this.#take(testOf(name.slice(0, longestName), line, diagnosis));
  }

  #level(depth: number): Level {
    while (this.#levels.length <= depth) this.#levels.push(newLevel());
    if (depth > 0) this.#isReport = true;
    return this.#levels[depth]!;
  }
}

function newLevel(): Level {
  return { count: 0, planned: undefined, hasFailed: false, next: undefined, buffered: undefined };
}

function testOf(name: string, line: Line, diagnosis: Diagnosis): TestResult {
  const durationMs = diagnosis.durationMs ?? line.durationMs;
  const known = { name, flaky: false, ...(durationMs !== undefined && { durationMs }) };
  if (line.directive !== undefined) return { ...known, result: "skipped", message: line.reason };
  if (line.isOk) return { ...known, result: "passed", message: "" };
  const { place } = diagnosis;
  return { ...known, result: "failed", message: diagnosis.message, ...(place && { place }) };
}

function parseResult(body: string, depth: number): Line {
  const [, not, , text = ""] = resultForm.exec(body) ?? [];
  const { description, comment } = splitComment(text);
  const [, word = "", reason = ""] = /^(skip|todo)\S*\s*(.*)$/i.exec(comment) ?? [];
  const directive = word === "" ? undefined : (word.toLowerCase() as "skip" | "todo");
  const [, time] = /^time=([\d.]+)ms$/.exec(comment) ?? [];
  const durationMs = time === undefined || !Number.isFinite(Number(time)) ? undefined : Number(time);
  return { isOk: not === undefined, name: description, directive, reason: reason.trim(), durationMs, depth };
}

/** At the last ` # ` that is not escaped. */
function splitComment(text: string): { readonly description: string; readonly comment: string } {
  const at = text.search(/(?:^|\s)#\s?(?=(?:skip|todo|time=)[^#]*$)/i);
  const description = at === -1 ? text : text.slice(0, at);
  const comment = at === -1 ? "" : text.slice(at).replace(/^\s*#\s*/, "");
  return { description: description.replace(/\\([#\\])/g, "$1").trim(), comment: comment.trim() };
}
