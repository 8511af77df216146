import type { Secret } from "../secret.ts";
import { Beginnings } from "./beginnings.ts";
import { type Form, formsOf } from "./forms.ts";
import { GramFilter } from "./gram-filter.ts";
import { Needles } from "./needles.ts";
import { PrefixTracker } from "./prefix-tracker.ts";

/** What a needle stands for: a form of one of the secrets, by its index. */
export interface Meaning {
  readonly secret: number;
  readonly form: Form;
}

/** Takes what was found: the needle, and where it begins, counted from the beginning of everything. */
export type Found = (needle: number, start: number) => void;

/**
 * The forms of secrets, made ready to be looked for. To make one costs milliseconds for a hundred secrets: use
 * `searchFor`, which remembers.
 */
export class SecretSearch {
  readonly needles: Needles;
  readonly filter: GramFilter;
  readonly prefixes: Beginnings;
  /** By needle; of equal forms of several secrets all. */
  readonly meanings: readonly (readonly Meaning[])[];

  constructor(secrets: readonly Secret[]) {
    const byText = new Map<string, Meaning[]>();
    secrets.forEach((secret, index) => {
      for (const form of formsOf(secret)) {
        const text = latin1(form.bytes);
        const meanings = byText.get(text);
        if (meanings === undefined) byText.set(text, [{ secret: index, form }]);
        else meanings.push({ secret: index, form });
      }
    });
    this.needles = new Needles([...byText.values()].map(([first]) => first!.form.bytes));
    this.meanings = this.needles.all.map((bytes) => byText.get(latin1(bytes))!);
    this.filter = new GramFilter(this.needles);
    this.prefixes = new Beginnings(this.needles);
  }
}

/** Finds the needles of a search in bytes that come in pieces. */
export class Occurrences {
  readonly #search: SecretSearch;
  readonly #tracker: PrefixTracker;
  #position = 0;

  constructor(search: SecretSearch) {
    this.#search = search;
    this.#tracker = new PrefixTracker(search.needles, search.prefixes);
  }

  /** Tells of every occurrence that ends in these bytes, in no particular order. */
  push(bytes: Uint8Array, found: Found): void {
    const before = this.#position;
    this.#tracker.push(bytes, found);
    this.#search.filter.scan(bytes, (needle, start) => found(needle, before + start));
    this.#position += bytes.length;
  }

  /** From here on something may still turn out to be a needle. */
  get safe(): number {
    return this.#tracker.safe;
  }

  reset(): void {
    this.#tracker.reset();
  }
}

interface Remembered {
  readonly secrets: readonly Secret[];
  readonly search: SecretSearch;
}

/** Searches by their first secret. */
const remembered = new WeakMap<Secret, Remembered[]>();
const rememberedEach = 4;

/** The search for these secrets; the same one for the same secrets in the same order. `undefined`: nothing to look for. */
export function searchFor(secrets: readonly Secret[]): SecretSearch | undefined {
  const [first] = secrets;
  if (first === undefined) return undefined;
  const known = remembered.get(first) ?? [];
  let found = known.find((one) => isSame(one.secrets, secrets));
  if (found === undefined) {
    found = { secrets: [...secrets], search: new SecretSearch(secrets) };
    remembered.set(first, [found, ...known].slice(0, rememberedEach));
  }
  return found.search.needles.all.length === 0 ? undefined : found.search;
}

function isSame(some: readonly Secret[], others: readonly Secret[]): boolean {
  return some.length === others.length && some.every((secret, index) => secret === others[index]);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
