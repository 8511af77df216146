/** A result as its line says it. */
export interface TapResult {
  readonly isOk: boolean;
  /** As the line numbers it; some leave it out. */
  readonly number: number | undefined;
  readonly name: string;
  readonly directive: "skip" | "todo" | undefined;
  readonly reason: string;
  readonly durationMs: number | undefined;
  readonly depth: number;
}

/** One line of TAP, without its indentation. What is `other` says nothing: output of a test, a comment, a pragma. */
export type TapLine =
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "plan"; readonly tests: number; readonly tail: string }
  | { readonly kind: "result"; readonly text: string }
  | { readonly kind: "subtest"; readonly name: string }
  | { readonly kind: "bailOut"; readonly reason: string }
  | { readonly kind: "open" | "close" | "other" };

const deepest = 100;

/**
 * How deep a line stands: four spaces for each subtest around it. `undefined` for one that is indented otherwise: no
 * harness takes that for more than output.
 */
export function depthOf(text: string): number | undefined {
  const indent = text.length - text.trimStart().length;
  if (indent > 0 && (indent < 4 || text[0] !== " ")) return undefined;
  return Math.min(deepest, indent >> 2);
}

/** Behind a plan of nothing may stand why, as in `1..0 skip no database`; behind others a comment, or what is to do. */
const planForm = /^1\.\.(\d{1,9})(?:\s*(|#.*|todo(?:\s+\d+)+)[;,\s]*$|(?<=\.\.0+)\s+.*$)/;

export function parseTapLine(body: string, isNested: boolean): TapLine {
  if (body === "{") return { kind: "open" };
  if (body === "}") return { kind: "close" };
  // `ok: true` in a subtest is an object that somebody printed.
  if ((isNested ? /^(not )?ok(\s|$)/ : /^(not )?ok\b/).test(body)) return { kind: "result", text: body };
  const [, version] = /^TAP\s+version\s+(\d{1,9})$/i.exec(body) ?? [];
  if (version !== undefined) return { kind: "version", version: Number(version) };
  const [, tests, tail = ""] = planForm.exec(body) ?? [];
  if (tests !== undefined) return { kind: "plan", tests: Number(tests), tail };
  const [, name] = /^# Subtest: (.*)$/.exec(body) ?? [];
  if (name !== undefined) return { kind: "subtest", name };
  const [, reason] = /^Bail out!\s*(.*)$/i.exec(body) ?? [];
  return reason === undefined ? { kind: "other" } : { kind: "bailOut", reason };
}

/** The first `#` that is not escaped, if a directive is all that may follow it: as Perl's harness has it. */
const directiveForm = /^([^\\#]*(?:\\.[^\\#]*)*)#\s*(skip|todo)\b\s*(.*)$/i;
const timeForm = /^(.*?)(?:^|\s)#\s*time=([\d.]+)ms$/;

/** A result of a text that begins with `ok` or `not ok`. */
export function parseTapResult(text: string, depth: number): TapResult {
  const [, not, number, said = ""] = /^(not )?ok\b\s*(\d+)?\s*(.*)$/.exec(text) ?? [];
  const [, before = said, word, reason = ""] = directiveForm.exec(said) ?? [];
  const [, untimed = before, time] = timeForm.exec(before.trimEnd()) ?? [];
  const durationMs = time === undefined || !Number.isFinite(Number(time)) ? undefined : Number(time);
  return {
    isOk: not === undefined,
    number: number === undefined ? undefined : Number(number),
    name: untimed
      .replace(/^- ?/, "")
      .replace(/\\([#\\])/g, "$1")
      .trim(),
    directive: word?.toLowerCase() as "skip" | "todo" | undefined,
    reason: reason.trim(),
    durationMs,
    depth,
  };
}
