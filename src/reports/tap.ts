import { feedFile } from "./feed-file.ts";
import { keptName } from "./kept-name.ts";
import { Diagnosis } from "./tap-diagnosis.ts";
import { TapLevel, type Told } from "./tap-level.ts";
import { depthOf, parseTapLine, parseTapResult, type TapLine, type TapResult } from "./tap-line.ts";
import type { ReadTests, TakeTest, TestResult } from "./test-result.ts";

/** What is longer is cut: a line of a report says what it has to say at its beginning. */
const longestLine = 8192;

/**
 * Reads a report in the Test Anything Protocol (13 and 14, with subtests, and 12, which has no version), in memory that
 * does not grow with it, and gives each of its tests to `take`. Names, directives and plans are read as Perl's harness
 * (`prove`) reads them.
 *
 * @throws an error whose message says why the report cannot be read: no plan, or one that the tests do not fit.
 */
export function readTap(path: string, take: TakeTest): ReadTests {
  const tests = new TapTests(take);
  let rest = "";
  let before = "";
  const tell = (line: string) => {
    // Written in two pieces, `not` may stand on a line of its own.
    const whole = before !== "" && /^\s*ok\b/.test(line) ? before + line.trimStart() : line;
    before = /^\s*not\s*$/.test(line) ? line.replace(/\s*$/, " ") : "";
    tests.line(whole);
  };
  feedFile(path, (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, longestLine);
    for (const line of lines) tell(line.slice(0, longestLine).replace(/\r$/, ""));
  });
  if (rest !== "") tell(rest);
  return tests.finish();
}

/** A result whose text ends in `{`: what follows says whether that begins a subtest or ends a name. */
interface Ambiguous {
  readonly plain: TapResult;
  readonly opening: TapResult;
}

/**
 * The tests in the lines of a TAP report. A result that sums up a subtest is no test of its own, unless it failed and
 * nothing in the subtest did.
 */
class TapTests {
  readonly #take: TakeTest;
  #levels: TapLevel[] = [new TapLevel()];
  /** The last result: a diagnosis may follow it. */
  #last: (Told & { readonly hadFailed: boolean }) | undefined;
  #ambiguous: Ambiguous | undefined;
  #version: number | undefined;
  #todo: ReadonlySet<number> = new Set();
  #isReport = false;
  #isOver = false;
  /** It has subtests in braces: then a `{` at its very end begins one. */
  #hasBraces = false;
  #fault: string | undefined;

  constructor(take: TakeTest) {
    this.#take = take;
  }

  line(text: string): void {
    if (this.#isOver || this.#last?.diagnosis.take(text)) return;
    const depth = depthOf(text);
    const body = text.trim();
    const line: TapLine = depth === undefined ? { kind: "other" } : parseTapLine(body, depth > 0);
    if (line.kind === "bailOut" || /^\s*Bail out!/.test(text)) this.#bailOut(body);
    else if (depth !== undefined && body !== "") this.#line(depth, line);
    else if (body !== "" && depth === undefined) this.#decide(0, line);
  }

  /** @throws when it was no report, or is not one that a harness would believe. */
  finish(): ReadTests {
    if (this.#hasBraces && this.#ambiguous !== undefined) throw new Error("It ends early: a subtest is unclosed");
    this.#decide(0, { kind: "other" });
    this.#flush();
    // A `{` with nothing below it is output of a test.
    const deepest = this.#levels.findLastIndex(
      ({ count, hasPlan, buffered }) => count > 0 || hasPlan || buffered !== undefined,
    );
    this.#concludeBuffered(deepest);
    this.#flush();
    const [top] = this.#levels as [TapLevel, ...TapLevel[]];
    if (!this.#isReport && top.count === 0 && !top.hasPlan)
      throw new Error("It is not TAP: it has neither a version nor a plan nor a test");
    if (this.#isOver) return { untoldFailures: 0 };
    if (!top.hasPlan) throw new Error("It has no plan: it may have been truncated");
    if (this.#levels.some(({ buffered }) => buffered !== undefined))
      throw new Error("It ends early: a subtest is unclosed");
    const fault = this.#fault ?? top.fault;
    if (fault !== undefined) throw new Error(fault);
    return { untoldFailures: 0 };
  }

  #line(depth: number, line: TapLine): void {
    this.#decide(depth, line);
    if (this.#ambiguous !== undefined) return;
    switch (line.kind) {
      case "subtest":
        this.#flush();
        this.#level(depth).next = line.name;
        break;
      case "open":
        this.#open(depth);
        break;
      case "close":
        this.#closeBuffered(depth);
        break;
      case "result":
        this.#result(depth, line.text);
        break;
      case "plan":
        this.#plan(depth, line);
        break;
      case "version":
        if (depth === 0) this.#begin(line.version);
        break;
    }
  }

  #begin(version: number): void {
    if (version < 13 || version > 14) this.#fault ??= `It uses version ${version} of TAP, which is unknown`;
    const { count, hasPlan } = this.#levels[0]!;
    if (this.#version !== undefined || count > 0 || hasPlan) this.#fault ??= "Its version is not at the beginning";
    this.#version ??= version;
    this.#isReport = true;
  }

  #plan(depth: number, { tests, tail }: Extract<TapLine, { kind: "plan" }>): void {
    if (tail.startsWith("todo")) {
      if (depth > 0 || this.#version !== undefined) return;
      this.#todo = new Set(tail.split(/\s+/).slice(1).map(Number));
    }
    this.#flush();
    this.#level(depth).plan(tests);
  }

  #result(depth: number, text: string): void {
    this.#flush();
    this.#concludeBuffered(depth);
    const plain = this.#parsed(text, depth);
    if (/(^|[^\\])\{$/.test(text))
      this.#ambiguous = { plain, opening: this.#parsed(text.slice(0, -1).trimEnd(), depth) };
    else this.#conclude(plain, new Diagnosis());
  }

  /** In version 12 a plan may say which tests are not expected to pass. */
  #parsed(text: string, depth: number): TapResult {
    const result = parseTapResult(text, depth);
    const isPlannedTodo = depth === 0 && this.#todo.has(result.number ?? this.#levels[0]!.count + 1);
    return isPlannedTodo ? { ...result, directive: "todo" } : result;
  }

  /** What an ambiguous result is, now that the next line is known: TAP below it, or its end, make it a subtest. */
  #decide(depth: number, { kind }: TapLine): void {
    const ambiguous = this.#ambiguous;
    if (ambiguous === undefined) return;
    const own = ambiguous.plain.depth;
    const isBelow = depth > own && ["result", "plan", "version", "subtest"].includes(kind);
    if (isBelow || (kind === "close" && depth === own)) {
      const level = this.#level(own);
      this.#hasBraces = true;
      level.next = ambiguous.opening.name;
      level.buffered = { result: ambiguous.opening, diagnosis: new Diagnosis() };
      this.#ambiguous = undefined;
    } else if (!(depth > own && kind === "other")) {
      this.#ambiguous = undefined;
      this.#conclude(ambiguous.plain, new Diagnosis());
    }
  }

  /** `{` on a line of its own: the result in front of it, whose diagnosis came first, sums up what follows. */
  #open(depth: number): void {
    const last = this.#last;
    if (last === undefined || last.result.depth !== depth) return;
    const level = this.#level(depth);
    level.hasFailed = last.hadFailed;
    level.takeBack(last);
    this.#last = undefined;
  }

  #closeBuffered(depth: number): void {
    this.#flush();
    this.#concludeBuffered(depth);
  }

  #concludeBuffered(depth: number): void {
    const level = this.#levels[depth];
    const buffered = level?.buffered;
    if (level === undefined || buffered === undefined) return;
    level.buffered = undefined;
    this.#conclude(buffered.result, buffered.diagnosis);
  }

  /** With tests below it a result is what they come to. */
  #conclude(result: TapResult, diagnosis: Diagnosis): void {
    const below = this.#levels[result.depth + 1];
    if (below !== undefined && below.count > 0) this.#summary(result, diagnosis);
    else {
      this.#levels.splice(result.depth + 1);
      this.#level(result.depth).next = undefined;
      this.#count(result, diagnosis);
    }
  }

  /** The result of a subtest whose tests are already told of. */
  #summary(result: TapResult, diagnosis: Diagnosis): void {
    const [below] = this.#levels.splice(result.depth + 1);
    const isUnsound = below!.fault !== undefined;
    const level = this.#level(result.depth);
    level.next = undefined;
    level.hasFailed ||= below!.hasFailed;
    const isOwnFailure = !result.isOk && result.directive === undefined && !below!.hasFailed;
    if (isOwnFailure || isUnsound) this.#count({ ...result, isOk: result.isOk && !isUnsound }, diagnosis);
    else level.result(result);
  }

  #count(result: TapResult, diagnosis: Diagnosis): void {
    this.#flush();
    const level = this.#level(result.depth);
    const hadFailed = level.hasFailed;
    level.result(result);
    if (this.#hasFailed(result)) level.hasFailed = true;
    this.#last = { result, diagnosis, hadFailed };
  }

  /** Before version 14 a skipped test that is `not ok` has failed. */
  #hasFailed({ isOk, directive }: TapResult): boolean {
    return !isOk && (directive === undefined || (directive === "skip" && (this.#version ?? 0) < 14));
  }

  #bailOut(body: string): void {
    this.#decide(0, { kind: "other" });
    this.#flush();
    this.#isReport = true;
    this.#isOver = true;
    this.#take({ name: "Bail out!", result: "failed", flaky: false, message: body.replace(/^Bail out!\s*/i, "") });
  }

  /** The result before is complete: nothing more belongs to it. */
  #flush(): void {
    if (this.#last === undefined) return;
    const { result, diagnosis } = this.#last;
    this.#last = undefined;
    const above = this.#levels.slice(0, result.depth).map(({ next }) => next ?? "");
    const name = [...above, result.name || "(unnamed)"].filter((part) => part !== "").join(" › ");
    this.#take(testOf(keptName(name), result, diagnosis, this.#hasFailed(result)));
  }

  #level(depth: number): TapLevel {
    while (this.#levels.length <= depth) this.#levels.push(new TapLevel());
    if (depth > 0) this.#isReport = true;
    return this.#levels[depth]!;
  }
}

function testOf(name: string, result: TapResult, diagnosis: Diagnosis, hasFailed: boolean): TestResult {
  const durationMs = diagnosis.durationMs ?? result.durationMs;
  const known = { name, flaky: false, ...(durationMs !== undefined && { durationMs }) };
  if (hasFailed) {
    const { place } = diagnosis;
    return { ...known, result: "failed", message: diagnosis.message, ...(place && { place }) };
  }
  if (result.directive !== undefined) return { ...known, result: "skipped", message: result.reason };
  return { ...known, result: "passed", message: "" };
}
