import { type Matcher, RegexpError } from "./node.ts";
import type { Reader } from "./reader.ts";

const perl: Readonly<Record<string, string>> = { d: "0-9", s: "\\t\\n\\f\\r ", w: "0-9A-Za-z_" };

const posix: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
};

/**
 * A class of one character. It is left to a regular expression of JavaScript, which folds cases like Go's; for a
 * single character it cannot backtrack.
 */
export function matcherOf(ranges: string, ignoreCase: boolean, isNegated = false): Matcher {
  const form = new RegExp(`^[${ranges}]$`, ignoreCase ? "iu" : "u");
  const known = new Map<number, boolean>();
  return (codePoint) => {
    let answer = known.get(codePoint);
    if (answer === undefined) {
      answer = form.test(String.fromCodePoint(codePoint)) !== isNegated;
      if (codePoint < 0x80) known.set(codePoint, answer);
    }
    return answer;
  };
}

/** From one code point to another, as `matcherOf` takes it. */
export function range(from: number, to: number): string {
  return `\\u{${from.toString(16)}}-\\u{${to.toString(16)}}`;
}

/** `\d`, `\W`, `\pL`, `\p{Greek}`, `\P{^Lu}`: behind the backslash. `undefined`, and nothing taken: it is none. */
export function takeClassEscape(reader: Reader, ignoreCase: boolean): Matcher | undefined {
  const letter = reader.peek();
  const ranges = Object.hasOwn(perl, letter.toLowerCase()) ? perl[letter.toLowerCase()] : undefined;
  if (ranges !== undefined) return matcherOf(ranges, ignoreCase, reader.next() === letter.toUpperCase());
  if (letter !== "p" && letter !== "P") return undefined;
  reader.next();
  const name = reader.take("{") ? reader.takeUntil("}") : reader.next();
  if (name === undefined) throw new RegexpError("A \\p{ is not closed");
  const isNegated = name.startsWith("^");
  return unicodeClass(name.slice(Number(isNegated)), ignoreCase, isNegated !== (letter === "P"));
}

function unicodeClass(name: string, ignoreCase: boolean, isNegated: boolean): Matcher {
  if (name === "Any") return () => !isNegated;
  if (!/^[A-Z][A-Za-z_]*$/.test(name)) throw new RegexpError(`There is no class of characters named ${name}`);
  try {
    return matcherOf(name.length <= 2 ? `\\p{${name}}` : `\\p{Script=${name}}`, ignoreCase, isNegated);
  } catch {
    throw new RegexpError(`There is no class of characters named ${name}`);
  }
}

/** `[:alpha:]`, `[:^alpha:]` inside of a class. `undefined`, and nothing taken: it is none. */
export function takePosixClass(reader: Reader, ignoreCase: boolean): Matcher | undefined {
  const place = reader.place;
  if (!reader.take("[:")) return undefined;
  const name = reader.takeUntil(":]");
  if (name === undefined) {
    reader.back(place);
    return undefined;
  }
  const isNegated = name.startsWith("^");
  const plain = name.slice(Number(isNegated));
  if (!Object.hasOwn(posix, plain)) throw new RegexpError(`There is no class of characters named [:${plain}:]`);
  return matcherOf(posix[plain]!, ignoreCase, isNegated);
}

const controls: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

/** The code point of an escape that means one character: behind the backslash. */
export function takeCharacterEscape(reader: Reader): number {
  const character = reader.next();
  if (Object.hasOwn(controls, character)) return controls[character]!;
  if (character === "x") return takeHex(reader);
  if (/[0-7]/.test(character)) return takeOctal(reader, character);
  const isPunctuation = character.codePointAt(0)! < 0x80 && !/[0-9A-Za-z]/.test(character);
  if (!isPunctuation) throw new RegexpError(`The escape \\${character} means nothing`);
  return character.codePointAt(0)!;
}

function takeHex(reader: Reader): number {
  const digits = reader.take("{") ? reader.takeUntil("}") : reader.takeWhile(/[0-9A-Fa-f]/, 2);
  const isShort = digits?.length === 2;
  if (digits === undefined || !(isShort || digits.length > 0) || !/^[0-9A-Fa-f]{1,8}$/.test(digits)) {
    throw new RegexpError("A \\x has no number");
  }
  const value = Number.parseInt(digits, 16);
  if (value > 0x10ffff) throw new RegexpError("There is no character of that number");
  return value;
}

/** A single digit from 1 on would be a reference back, which Go does not have. */
function takeOctal(reader: Reader, first: string): number {
  if (first !== "0" && !/[0-7]/.test(reader.peek())) throw new RegexpError(`The escape \\${first} means nothing`);
  return Number.parseInt(first + reader.takeWhile(/[0-7]/, 2), 8);
}
