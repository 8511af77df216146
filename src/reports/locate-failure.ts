import type { Place } from "./test-result.ts";

/** What is known of a failed test, besides the text of its failure. */
export interface FailureContext {
  /** The test's own file, as the report declares it. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** As the report has it: a class of Java, a module of Python. */
  readonly classname: string;
}

interface Frame {
  readonly file: string;
  readonly line: number;
  /** `com.example.FooTest` in a frame of Java. */
  readonly owner?: string;
}

/**
 * One frame of a stack trace, in the forms of: Node and browsers (`(file:///a/b.ts:3:7)`, `at /a/b.js:3:7`), Vitest
 * (`❯ a/b.test.ts:3:7`), Java (`at com.A.b(A.java:3)`), Go (`    a_test.go:3: text`), Python (`a/b.py:3: AssertionError`,
 * `File "a/b.py", line 3`), PHP (`/a/BTest.php:3`), Ruby (`./spec/a_spec.rb:3:in …`).
 */
const extension =
  "[cm]?[jt]sx?|vue|svelte|py|go|rb|php|phpt|rs|cs|fs|c|cc|cpp|h|hpp|m|swift|kts?|java|scala|groovy|clj|exs?|erl|dart|lua|pl|t|sh|bats|feature";
const forms: readonly RegExp[] = [
  /^\s*at (?<owner>[\w$.]+)\.[\w$<>]+\((?:[^()]*\/)?(?<file>[\w$]+\.(?:java|kt|scala|groovy)):(?<line>\d+)\)/,
  new RegExp(`\\((?<file>[^()]+\\.(?:${extension})):(?<line>\\d+)`),
  new RegExp(`(?:\\s|^)(?<file>(?:file://)?[^\\s()"'\`:]+\\.(?:${extension})):(?<line>\\d+)`),
  /^\s*File "(?<file>[^"]+)", line (?<line>\d+)/,
];

/** Frames that are the test runner's, or the language's. */
const foreign =
  /(^|\/)(node_modules|vendor|site-packages|dist-packages|gems)\/|^(node|internal|bun|deno|webpack):|^(java|jdk|sun|junit|kotlin)\.|^org\.(junit|apache\.maven|testng|gradle|opentest4j|assertj|hamcrest)\.|<frozen/;

/** The forms are tried at each place of a line: long lines would take long. */
const most = { lines: 200, length: 500 };

/**
 * Where a test failed: the frame in the test's own file, or else the first one that is not the test runner's, or else
 * where the report says that the test stands.
 */
export function locateFailure(text: string, context: FailureContext): Place | undefined {
  const frames = framesOf(text);
  const own = frames.find((frame) => isOwn(frame, context)) ?? frames.find((frame) => !isForeign(frame));
  if (own !== undefined) return { file: fileOf(own, context), line: own.line };
  if (context.file === undefined) return undefined;
  return { file: context.file, ...(context.line !== undefined && { line: context.line }) };
}

function framesOf(text: string): Frame[] {
  return text
    .split("\n", most.lines)
    .map((line) => frameOf(line.slice(0, most.length).replace("❯ ", "")))
    .filter((frame) => frame !== undefined);
}

function frameOf(line: string): Frame | undefined {
  for (const form of forms) {
    const { file, line: number, owner } = form.exec(line)?.groups ?? {};
    if (file === undefined || number === undefined || !/^\d{1,7}$/.test(number)) continue;
    return { file: withoutScheme(file.trim()), line: Number(number), ...(owner !== undefined && { owner }) };
  }
  return undefined;
}

function withoutScheme(file: string): string {
  if (!file.startsWith("file://")) return file;
  try {
    return decodeURIComponent(file.slice("file://".length));
  } catch {
    return file.slice("file://".length);
  }
}

function isOwn({ file, owner }: Frame, { file: declared, classname }: FailureContext): boolean {
  if (owner !== undefined) return owner === classname || owner.startsWith(`${classname}$`);
  if (declared !== undefined) return isSameFile(file, declared);
  const dotted = file.replace(/\.\w+$/, "").replaceAll("/", ".");
  return classname !== "" && (isSameFile(file, classname) || `${classname}.`.startsWith(`${dotted}.`));
}

/** One of them may be absolute, or relative to another folder. */
export function isSameFile(one: string, other: string): boolean {
  const [short, long] = [one, other]
    .map((file) => file.replaceAll("\\", "/").replace(/^\.\//, ""))
    .sort((a, b) => a.length - b.length) as [string, string];
  return short !== "" && (long === short || long.endsWith(`/${short}`));
}

function isForeign({ file, owner }: Frame): boolean {
  return foreign.test(owner ?? file) || !/[./]/.test(file);
}

/** Java names only the file; its package says the folder. */
function fileOf({ file, owner }: Frame, { file: declared }: FailureContext): string {
  if (declared !== undefined && isSameFile(file, declared)) return declared.length > file.length ? declared : file;
  const folders = owner?.split(".").slice(0, -1).join("/");
  return folders ? `${folders}/${file}` : file;
}
