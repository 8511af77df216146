import { compileGoRegexp } from "../text/go-regexp.ts";
import type { Selector } from "./types.ts";

/** What SOPS takes where nothing else is said. */
export const defaultSelector: Selector = { kind: "unencrypted_suffix", suffix: "_unencrypted" };

/** Decides what of a file is encrypted. Source: getsops/sops `sops.go`, `shouldBeEncrypted`. */
export interface Selection {
  /** `above`: the texts of the comments above a node and its ancestors, outermost first. */
  encrypts(keys: readonly string[], above: readonly (readonly string[])[]): boolean;
  /** The last comment of `above` is the one that is asked about. */
  encryptsComment(keys: readonly string[], above: readonly (readonly string[])[]): boolean;
}

/** `problem`: why Go would not take its regular expression. */
export async function selectionOf(selector: Selector): Promise<Selection | { readonly problem: string }> {
  if ("suffix" in selector) return bySuffix(selector.kind === "encrypted_suffix", selector.suffix);
  const compiled = await compileGoRegexp(selector.regex);
  if (!compiled.ok) return { problem: compiled.problem };
  const matches = remembering((text) => compiled.regexp.test(text));
  switch (selector.kind) {
    case "encrypted_regex":
    case "unencrypted_regex":
      return byKey(selector.kind === "encrypted_regex", matches);
    case "unencrypted_comment_regex":
      return both((_, above) => !above.some((comments) => comments.some(matches)));
    case "encrypted_comment_regex":
      return {
        encrypts: (_, above) => above.some((comments) => comments.some(matches)),
        // The comment that asks for encryption stays readable.
        encryptsComment: (_, above) => withoutLast(above).some((comments) => comments.some(matches)),
      };
  }
}

/** Leaves nothing in the open. */
export const everything: Selection = both(() => true);

function bySuffix(isEncrypted: boolean, suffix: string): Selection {
  return byKey(isEncrypted, (key) => key.endsWith(suffix));
}

function byKey(isEncrypted: boolean, matches: (key: string) => boolean): Selection {
  return both((keys) => keys.some(matches) === isEncrypted);
}

function both(encrypts: Selection["encrypts"]): Selection {
  return { encrypts, encryptsComment: encrypts };
}

/** The same keys come again and again. */
function remembering(test: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const answer = known.get(text) ?? test(text);
    known.set(text, answer);
    return answer;
  };
}

function withoutLast(above: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...above.slice(0, -1), above.at(-1)?.slice(0, -1) ?? []];
}
