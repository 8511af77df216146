import type { ResourceSpec } from "../../records/resource.ts";
import { wantedVersion } from "../../resources/kinds.ts";
import type { Dimension, ParityColumn, Unknown } from "./report.ts";

/** What an environment or a machine has for one key of one dimension. */
export interface Fact {
  readonly dimension: Dimension;
  readonly key: string;
  readonly held: Held;
}

export type Held =
  | {
      readonly is: "text";
      readonly text: string;
      /** Set for one deployment, against the definition. */
      readonly byHand?: true;
      /** The version that it must be: the text itself, or its beginning up to a dot. */
      readonly expected?: string;
    }
  /** Equal secrets have equal digests, under a key of the project's. */
  | { readonly is: "secret"; readonly digest: string }
  /** It will have one, and there is nothing to look at yet. */
  | { readonly is: "later" }
  | { readonly is: "unknown"; readonly unknown: Unknown };

/** A column before it is compared. What it has no fact for it does not have. */
export interface ColumnFacts {
  readonly column: ParityColumn;
  readonly facts: readonly Fact[];
  /** Dimensions that it is compared in; absent: all. */
  readonly only?: readonly Dimension[];
}

/** A fact that is known. */
export function known(dimension: Dimension, key: string, text: string): Fact {
  return { dimension, key, held: { is: "text", text } };
}

/** A fact that is not. */
export function unknownFact(dimension: Dimension, key: string, unknown: Unknown): Fact {
  return { dimension, key, held: { is: "unknown", unknown } };
}

/** What was seen of a resource. `later`: it is not made yet, or nothing looks at it before it is needed. */
export type Seen =
  | { readonly is: "version"; readonly version: string }
  | { readonly is: "later" }
  | { readonly is: "unknown"; readonly unknown: Unknown };

/** The versions that answer, of resources that have one. What is not in `seen` nobody has looked at. */
export function seenFacts(resources: readonly ResourceSpec[], seen: ReadonlyMap<string, Seen>): Fact[] {
  return resources.flatMap((spec) => {
    const version = wantedVersion(spec);
    if (version === undefined) return [];
    const held = heldOf(seen.get(spec.name) ?? nobodyLooked, version);
    return [{ dimension: "resources", key: `${spec.name} seen`, held }];
  });
}

function heldOf(seen: Seen, expected: string): Held {
  return seen.is === "version" ? { is: "text", text: seen.version, expected } : seen;
}

const nobodyLooked: Seen = { is: "unknown", unknown: { because: "notLookedAt", observable: false } };
