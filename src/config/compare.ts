import type { ResolvedValue } from "./resolved.ts";
import type { Standing } from "./standing.ts";

/** A key in two environments. Of secrets only whether they are the same is ever told. */
export interface Difference {
  readonly key: string;
  readonly kind: ResolvedValue["kind"];
  /** `unknown`: one of them cannot be read. `unset`: neither has a value. */
  readonly state: "equal" | "different" | "onlyFirst" | "onlySecond" | "unset" | "unknown";
  readonly first: Side;
  readonly second: Side;
  /** Why it may be different, or, of a shared secret, why it is the same. */
  readonly reason?: string;
  /** It is one way and is declared the other: a secret that is the same without `shared(…)`, or shared and different. */
  readonly isUndeclared: boolean;
}

/** A key in one of the two. */
export interface Side {
  readonly state: Standing["state"];
  /** Absent for secrets, and when there is none. */
  readonly value?: unknown;
}

/** Compares the same keys of two environments. `digest`: of a secret's value, under a key. */
export function compareStandings(
  first: readonly Standing[],
  second: readonly Standing[],
  digest: (value: string) => string,
): Difference[] {
  return first.map((one, index) => compareKey(one, second[index]!, digest));
}

function compareKey(first: Standing, second: Standing, digest: (value: string) => string): Difference {
  const { declaration } = first;
  const state = stateOf(first, second, digest);
  const reason = reasonOf(declaration);
  return {
    key: declaration.key,
    kind: declaration.kind,
    state,
    first: sideOf(first),
    second: sideOf(second),
    ...(reason !== undefined && { reason }),
    isUndeclared: isUndeclared(declaration, state),
  };
}

function stateOf(first: Standing, second: Standing, digest: (value: string) => string): Difference["state"] {
  if ([first, second].some(({ state }) => state === "unreadable" || state === "invalid")) return "unknown";
  const [a, b] = [first, second].map((standing) => comparable(standing, digest));
  if (a === undefined) return b === undefined ? "unset" : "onlySecond";
  if (b === undefined) return "onlyFirst";
  return a === b ? "equal" : "different";
}

/** What is equal when the values are; `undefined` without a value. */
function comparable(standing: Standing, digest: (value: string) => string): string | undefined {
  if (standing.state !== "set") return undefined;
  const { text } = standing.resolved;
  return typeof text === "string" ? text : text && digest(text.reveal());
}

function sideOf(standing: Standing): Side {
  const isShown = standing.state === "set" && standing.declaration.kind !== "secret";
  return { state: standing.state, ...(isShown && { value: standing.resolved.value }) };
}

function reasonOf(declaration: Standing["declaration"]): string | undefined {
  if (declaration.kind === "differs") return declaration.reason;
  return declaration.kind === "secret" ? declaration.shared : undefined;
}

function isUndeclared(declaration: Standing["declaration"], state: Difference["state"]): boolean {
  if (declaration.kind !== "secret") return false;
  return declaration.shared === undefined ? state === "equal" : state === "different";
}
