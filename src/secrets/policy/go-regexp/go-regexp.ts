import { matchesAnywhere } from "./matches.ts";
import { RegexpError } from "./node.ts";
import { parseRegexp } from "./parse.ts";
import { compile } from "./program.ts";

/** A regular expression of Go (RE2), as SOPS uses them: only whether it matches somewhere in a text matters. */
export interface GoRegexp {
  test(text: string): boolean;
}

/** `problem`: why Go would not take it. No expression takes more than linear time for a text, whoever wrote it. */
export function compileGoRegexp(
  source: string,
): { readonly ok: true; readonly regexp: GoRegexp } | { readonly ok: false; readonly problem: string } {
  try {
    const program = compile(parseRegexp(source));
    return { ok: true, regexp: { test: (text) => matchesAnywhere(program, text) } };
  } catch (error) {
    if (error instanceof RegexpError) return { ok: false, problem: error.message };
    throw error;
  }
}
