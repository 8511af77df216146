import { matcherOf, range, takeCharacterEscape, takeClassEscape, takePosixClass } from "./character.ts";
import { type Assertion, type Flags, type Matcher, type Node, RegexpError } from "./node.ts";
import { Reader } from "./reader.ts";

/** As in Go. */
const deepest = 1000;
const mostRepeats = 1000;
/** Longer ones have too many steps all the same; reading them takes its time. */
const mostCharacters = 20_000;

const noFlags: Flags = { ignoreCase: false, multiLine: false, dotAll: false };

/** @throws RegexpError for what Go's `regexp` does not take either. */
export function parseRegexp(source: string): Node {
  if (source.length > mostCharacters) throw new RegexpError("It is too large");
  const parser = new Parser(new Reader(source));
  const node = parser.alternatives(noFlags, 0);
  if (!parser.reader.isAtEnd) throw new RegexpError("A ) has no (");
  if (!isRepeatedSensibly(node, mostRepeats)) throw new RegexpError("Counts within counts are too high");
  return node;
}

/** As Go has it: the counts of repetitions within each other, multiplied, are at most 1000. */
function isRepeatedSensibly(node: Node, most: number): boolean {
  if (node.kind === "sequence" || node.kind === "choice") {
    return node.parts.every((part) => isRepeatedSensibly(part, most));
  }
  if (node.kind !== "repeat" || node.most === 0) return true;
  const count = node.most === Number.POSITIVE_INFINITY ? node.least : node.most;
  return count <= most && isRepeatedSensibly(node.part, Math.floor(most / Math.max(count, 1)));
}

class Parser {
  readonly reader: Reader;

  constructor(reader: Reader) {
    this.reader = reader;
  }

  /** Up to the end or the `)` of the group, which is left. */
  alternatives(flags: Flags, depth: number): Node {
    if (depth > deepest) throw new RegexpError("It nests too deeply");
    const choices: Node[] = [];
    let parts: Node[] = [];
    let current = flags;
    let isRepeated = false;
    while (!this.reader.isAtEnd && this.reader.peek() !== ")") {
      if (this.reader.take("|")) {
        choices.push({ kind: "sequence", parts });
        parts = [];
        isRepeated = false;
        continue;
      }
      const changed = this.#takeFlags(current);
      if (changed !== undefined) {
        current = changed;
        continue;
      }
      const count = this.#takeRepeat();
      if (count === undefined) {
        parts.push(...this.#atoms(current, depth));
        isRepeated = false;
        continue;
      }
      const part = parts.pop();
      if (part === undefined) throw new RegexpError("There is nothing to repeat");
      if (isRepeated) throw new RegexpError("A repetition is repeated");
      parts.push({ kind: "repeat", part, ...count });
      isRepeated = true;
    }
    const last: Node = { kind: "sequence", parts };
    return choices.length === 0 ? last : { kind: "choice", parts: [...choices, last] };
  }

  /** `(?i)`, `(?s-m)`: they hold to the end of the group. */
  #takeFlags(flags: Flags): Flags | undefined {
    const { place } = this.reader;
    if (!this.reader.take("(?")) return undefined;
    const letters = this.reader.takeWhile(/[imsU-]/);
    if (this.reader.take(")")) return applyFlags(flags, letters);
    this.reader.back(place);
    return undefined;
  }

  #takeRepeat(): { readonly least: number; readonly most: number } | undefined {
    const count = this.#takeCount();
    if (count === undefined) return undefined;
    // Laziness does not matter for whether there is a match.
    this.reader.take("?");
    return count;
  }

  #takeCount(): { readonly least: number; readonly most: number } | undefined {
    if (this.reader.take("*")) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.reader.take("+")) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.reader.take("?")) return { least: 0, most: 1 };
    const { place } = this.reader;
    const [, first, comma, last] =
      /^(\d+)(,?)(\d*)$/.exec((this.reader.take("{") && this.reader.takeUntil("}")) || "") ?? [];
    if (first === undefined || (comma === "" && last !== "")) {
      // Not a count: the brace stands for itself.
      this.reader.back(place);
      return undefined;
    }
    const least = Number(first);
    const most = comma === "" ? least : last === "" ? Number.POSITIVE_INFINITY : Number(last);
    const isTooMuch = least > mostRepeats || (most !== Number.POSITIVE_INFINITY && most > mostRepeats);
    if (isTooMuch || most < least) throw new RegexpError("A count is too high, or the wrong way round");
    return { least, most };
  }

  /** One thing that can be repeated; several only for `\Q…\E`, whose last one is. */
  #atoms(flags: Flags, depth: number): Node[] {
    const character = this.reader.next();
    if (character === "(") return [this.#group(flags, depth)];
    if (character === "[") return [{ kind: "character", matches: this.#class(flags) }];
    if (character === ".") return [{ kind: "character", matches: (code) => flags.dotAll || code !== 10 }];
    if (character === "^") return [assertion(flags.multiLine ? "line-start" : "text-start")];
    if (character === "$") return [assertion(flags.multiLine ? "line-end" : "text-end")];
    if (character === "\\") return this.#escape(flags);
    return [literal(character.codePointAt(0)!, flags)];
  }

  #group(flags: Flags, depth: number): Node {
    let inner = flags;
    if (this.reader.take("?")) {
      if (this.reader.take("P<") || this.reader.take("<")) this.#groupName();
      else {
        inner = applyFlags(flags, this.reader.takeWhile(/[imsU-]/));
        if (!this.reader.take(":")) throw new RegexpError("A group begins with (? and something that Go does not know");
      }
    }
    const node = this.alternatives(inner, depth + 1);
    if (!this.reader.take(")")) throw new RegexpError("A ( has no )");
    return node;
  }

  #groupName(): void {
    const name = this.reader.takeUntil(">");
    // Also what looking back would look like: (?<=, (?<!.
    if (name === undefined || !/^[A-Za-z0-9_]+$/.test(name)) throw new RegexpError("The name of a group is wrong");
  }

  #escape(flags: Flags): Node[] {
    if (this.reader.take("Q")) return this.#quoted(flags);
    if (this.reader.take("A")) return [assertion("text-start")];
    if (this.reader.take("z")) return [assertion("text-end")];
    if (this.reader.take("b")) return [assertion("boundary")];
    if (this.reader.take("B")) return [assertion("no-boundary")];
    const matches = takeClassEscape(this.reader, flags.ignoreCase);
    if (matches !== undefined) return [{ kind: "character", matches }];
    return [literal(takeCharacterEscape(this.reader), flags)];
  }

  #quoted(flags: Flags): Node[] {
    const text = this.reader.takeUntil("\\E") ?? this.reader.takeWhile(/[\s\S]/);
    return Array.from(text, (character) => literal(character.codePointAt(0)!, flags));
  }

  /** Behind the `[`. */
  #class({ ignoreCase }: Flags): Matcher {
    const isNegated = this.reader.take("^");
    const matchers: Matcher[] = [];
    for (let isFirst = true; isFirst || this.reader.peek() !== "]"; isFirst = false) {
      if (this.reader.isAtEnd) throw new RegexpError("A [ has no ]");
      matchers.push(this.#classMember(ignoreCase));
    }
    this.reader.next();
    return (codePoint) => matchers.some((matches) => matches(codePoint)) !== isNegated;
  }

  #classMember(ignoreCase: boolean): Matcher {
    const named = takePosixClass(this.reader, ignoreCase) ?? this.#classEscape(ignoreCase);
    if (named !== undefined) return named;
    const from = this.#classCharacter();
    const isRange = this.reader.peek() === "-" && this.reader.peek(1) !== "]" && this.reader.peek(1) !== "";
    if (!isRange) return matcherOf(range(from, from), ignoreCase);
    this.reader.next();
    const to = this.#classCharacter();
    if (to < from) throw new RegexpError("A range of characters is the wrong way round");
    return matcherOf(range(from, to), ignoreCase);
  }

  #classEscape(ignoreCase: boolean): Matcher | undefined {
    const { place } = this.reader;
    if (!this.reader.take("\\")) return undefined;
    const matcher = takeClassEscape(this.reader, ignoreCase);
    if (matcher === undefined) this.reader.back(place);
    return matcher;
  }

  #classCharacter(): number {
    return this.reader.take("\\") ? takeCharacterEscape(this.reader) : this.reader.next().codePointAt(0)!;
  }
}

function literal(codePoint: number, { ignoreCase }: Flags): Node {
  const matches = ignoreCase ? matcherOf(range(codePoint, codePoint), true) : (other: number) => other === codePoint;
  return { kind: "character", matches };
}

function assertion(at: Assertion): Node {
  return { kind: "assertion", at };
}

/** `letters`: such as `is-m`. */
function applyFlags(flags: Flags, letters: string): Flags {
  if (!/^([imsU]*)(-[imsU]+)?$/.test(letters)) throw new RegexpError("The flags of a group are wrong");
  const [on = "", off = ""] = letters.split("-");
  const value = (letter: string, before: boolean) => (off.includes(letter) ? false : on.includes(letter) || before);
  return {
    ignoreCase: value("i", flags.ignoreCase),
    multiLine: value("m", flags.multiLine),
    dotAll: value("s", flags.dotAll),
  };
}
