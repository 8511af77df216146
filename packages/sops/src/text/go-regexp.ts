/** A regular expression of Go (RE2), as SOPS uses them: only whether it matches somewhere in a text matters. */
export interface GoRegexp {
  test(text: string): boolean;
}

/** What is larger is not meant: parsing and matching it takes its time, linear or not. */
const mostCharacters = 20_000;
const mostSteps = 5_000;

/**
 * `problem`: why Go would not take it. No expression takes more than linear time for a text, whoever wrote it. The engine is
 * loaded by the first that is compiled: most files have none.
 */
export async function compileGoRegexp(
  source: string,
): Promise<{ readonly ok: true; readonly regexp: GoRegexp } | { readonly ok: false; readonly problem: string }> {
  const tooLarge = { ok: false, problem: "It is too large" } as const;
  if (source.length > mostCharacters) return tooLarge;
  const { RE2JS, RE2JSException } = await import("re2js");
  try {
    const compiled = RE2JS.compile(source);
    if (compiled.programSize() > mostSteps) return tooLarge;
    return { ok: true, regexp: { test: (text) => compiled.test(text) } };
  } catch (error) {
    if (error instanceof RE2JSException) return { ok: false, problem: error.message };
    throw error;
  }
}
