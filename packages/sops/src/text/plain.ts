import { ChangeProblem } from "./problems.ts";
import type { LeafType, Scalar } from "./value.ts";

/**
 * A plaintext scalar as SOPS encrypts and hashes it. `text` is what goes into the cipher and the MAC; `bytes` stands in
 * for it where that is not valid UTF-8 (binary files, `!!binary`).
 */
export interface Plain {
  readonly type: LeafType | "comment";
  readonly text: string;
  readonly bytes?: Uint8Array;
}

/** Null. */
export const nothing: Plain = { type: "null", text: "" };

/** A text as it is. */
export function plainText(text: string): Plain {
  return { type: "str", text };
}

/** The bytes of a `str`: text where they are valid UTF-8. */
export function plainBytes(type: "str" | "bytes" | "comment", bytes: Uint8Array): Plain {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? { type, text } : { type, text, bytes };
}

/** What is encrypted and hashed. */
export function bytesOf(plain: Plain): Uint8Array {
  return plain.bytes ?? Buffer.from(plain.text, "utf8");
}

/** Whether both have the same type and the same bytes. */
export function isSamePlain(one: Plain, other: Plain): boolean {
  if (one.type !== other.type || one.text !== other.text) return false;
  if (one.bytes === undefined && other.bytes === undefined) return true;
  return Buffer.from(bytesOf(one)).equals(bytesOf(other));
}

/** The value for whoever uses it; bytes that are no text lose what is not. */
export function scalarOf(plain: Plain): Scalar {
  switch (plain.type) {
    case "int":
      return BigInt(plain.text);
    case "float":
      return floatOf(plain.text);
    case "bool":
      return plain.text === "True";
    case "time":
      return new Date(plain.text);
    case "null":
      return null;
    default:
      return plain.text;
  }
}

/** Undefined for what SOPS cannot hold: integers beyond 64 bits, an invalid date, lone surrogates. */
function plainOf(value: Scalar): Plain | undefined {
  if (value === null) return nothing;
  if (typeof value === "string") return value.isWellFormed() ? plainText(value) : undefined;
  if (typeof value === "boolean") return { type: "bool", text: value ? "True" : "False" };
  if (typeof value === "bigint") return fitsInt64(value) ? { type: "int", text: `${value}` } : undefined;
  if (typeof value === "number") return { type: "float", text: formatFloat(value) };
  const isDate = Number.isFinite(value.getTime()) && /^\d{4}-/.test(value.toISOString());
  return isDate ? { type: "time", text: value.toISOString().replace(/\.?0*Z$/, "Z") } : undefined;
}

/** Whether Go can hold it as an `int64`. */
export function fitsInt64(value: bigint): boolean {
  return BigInt.asIntN(64, value) === value;
}

/**
 * Go's `FormatFloat(value, 'f', -1, 64)`: the shortest digits that give the same number, never with an exponent.
 * 1e21 → 1000000000000000000000, 1.5e-7 → 0.00000015, -0 → -0.
 */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [digits = "0", exponent = "0"] = String(Math.abs(value)).split("e");
  return sign + shiftPoint(digits, Number(exponent));
}

function shiftPoint(digits: string, exponent: number): string {
  const [whole = "0", fraction = ""] = digits.split(".");
  if (exponent === 0) return digits;
  if (exponent < 0) return `0.${"0".repeat(-exponent - whole.length)}${whole}${fraction}`;
  return (whole + fraction).padEnd(whole.length + exponent, "0");
}

function floatOf(text: string): number {
  if (text === "NaN") return Number.NaN;
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
}

/** @throws ChangeProblem */
export function toPlain(value: Scalar): Plain {
  const plain = plainOf(value);
  if (plain === undefined) throw new ChangeProblem("the value is none that SOPS can hold");
  return plain;
}
