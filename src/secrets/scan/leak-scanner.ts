import { redactText } from "../redaction/redact.ts";
import { type Meaning, Occurrences, type SecretSearch, searchFor } from "../redaction/search.ts";
import type { Finding, NamedSecret, Where } from "./finding.ts";
import { LineCounter } from "./line-counter.ts";

/** A place that is looked at, for its findings. */
export interface Place {
  readonly where: Where;
  readonly path: string;
  readonly object?: string;
}

/** Takes the bytes of one file in pieces. */
export interface LeakReader {
  /** The bytes must stay as they are until the next call. */
  push(bytes: Uint8Array): void;
  /** What was found, in the order of the file. */
  end(): Finding[];
}

/** Looks for the actual values of secrets, in all their usual encodings. */
export class LeakScanner {
  readonly secrets: readonly NamedSecret[];
  readonly #search: SecretSearch | undefined;

  constructor(secrets: readonly NamedSecret[]) {
    this.secrets = secrets;
    this.#search = searchFor(secrets.map(({ secret }) => secret));
  }

  read(place: Place): LeakReader {
    return this.#search === undefined ? noReader : new SearchingReader(this, this.#search, place);
  }

  /** Of a file's path, or where a link points to. */
  inName(place: Place, name = place.path): Finding[] {
    const reader = this.read(place);
    reader.push(Buffer.from(name, "utf8"));
    return reader.end().map(({ line: _, ...finding }) => finding);
  }

  /** The place with every secret in its path hidden. */
  tellable(place: Place): Place {
    const path = redactText(
      place.path,
      this.secrets.map(({ secret }) => secret),
    );
    return { ...place, path };
  }
}

const noReader: LeakReader = { push: () => undefined, end: () => [] };

interface Hit {
  readonly needle: number;
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

/** More in one file say nothing new. */
const mostHits = 10_000;

class SearchingReader implements LeakReader {
  readonly #scanner: LeakScanner;
  readonly #search: SecretSearch;
  readonly #place: Place;
  readonly #occurrences: Occurrences;
  readonly #lines = new LineCounter();
  readonly #hits: Hit[] = [];

  constructor(scanner: LeakScanner, search: SecretSearch, place: Place) {
    this.#scanner = scanner;
    this.#search = search;
    this.#place = place;
    this.#occurrences = new Occurrences(search);
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes);
    this.#occurrences.push(bytes, (needle, start) => {
      if (this.#hits.length >= mostHits) return;
      const end = start + this.#search.needles.lengthOf(needle);
      this.#hits.push({ needle, start, end, line: this.#lines.lineAt(start) });
    });
  }

  end(): Finding[] {
    if (this.#hits.length === 0) return [];
    const { tellable, secrets } = { tellable: this.#scanner.tellable(this.#place), secrets: this.#scanner.secrets };
    const found = this.#outermost().flatMap((hit) => {
      return this.#search.meanings[hit.needle]!.map((meaning) => ({ ...hit, meaning }));
    });
    const groups = Map.groupBy(found, ({ meaning }) => identityOf(meaning));
    return [...groups.values()].map((group) => {
      const [{ meaning, line }] = group as [(typeof group)[0]];
      const { key, environment } = secrets[meaning.secret]!;
      const { encoding, part } = meaning.form;
      return { ...tellable, line, key, environment, encoding, part, times: group.length };
    });
  }

  /** A value's lines and other forms that are found inside of it are not worth telling. */
  #outermost(): Hit[] {
    const sorted = this.#hits.sort((a, b) => a.start - b.start || b.end - a.end);
    let reached = -1;
    return sorted.filter(({ end }) => {
      if (end <= reached) return false;
      reached = end;
      return true;
    });
  }
}

function identityOf({ secret, form }: Meaning): string {
  return `${secret} ${form.part} ${form.encoding}`;
}
