import { isBase64 } from "../base64.ts";
import { readYamlTime } from "../go-time.ts";
import { fitsInt64, formatFloat, nothing, type Plain, plainBytes, plainText } from "../plain.ts";

/**
 * What a scalar of a YAML file is to SOPS: go-yaml's resolution, which is that of YAML 1.1 in places (0777 is octal,
 * 1_000 a number). Source: go-yaml/yaml v3 `resolve.go`; the rows of the reference's section 9 stand in the test.
 */
export type Resolved = Plain | "unsupported";

const words = new Map<string, Plain>([
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, nothing] as const),
  ...["true", "True", "TRUE"].map((word) => [word, { type: "bool", text: "True" } as Plain] as const),
  ...["false", "False", "FALSE"].map((word) => [word, { type: "bool", text: "False" } as Plain] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, { type: "float", text: "NaN" } as Plain] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, infinite("+Inf")] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, infinite("-Inf")] as const),
]);

const yamlFloat = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** A scalar without quotes and without a tag. */
export function resolvePlain(source: string): Resolved {
  const word = words.get(source);
  if (word !== undefined) return word;
  const first = source[0] ?? "";
  if (first === ".") return readFloat(source) ?? plainText(source);
  if (!/[0-9+-]/.test(first)) return plainText(source);
  const time = readYamlTime(source);
  if (time !== undefined) return { type: "time", text: time };
  return readNumber(source.replaceAll("_", "")) ?? plainText(source);
}

function readNumber(digits: string): Resolved | undefined {
  const integer = readInteger(digits);
  if (integer !== undefined && fitsInt64(integer)) return { type: "int", text: `${integer}` };
  if (integer !== undefined && BigInt.asUintN(64, integer) === integer) return "unsupported";
  return readFloat(digits) ?? readOddInteger(digits);
}

/** Go's `ParseInt(digits, 0, 64)`, unlimited. */
function readInteger(digits: string): bigint | undefined {
  const [, sign = "", body = ""] =
    /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)$/.exec(digits) ?? [];
  if (body === "" || body.length > 100) return undefined;
  const value = BigInt(/^0[0-7]/.test(body) ? `0o${body.slice(1)}` : body);
  return sign === "-" ? -value : value;
}

/** `0b-11` and `0o-7`: go-yaml takes the sign behind the prefix. */
function readOddInteger(digits: string): Plain | undefined {
  const [, base = "", sign = "", body = ""] = /^0([bo])([+-])([0-7]+)$/.exec(digits) ?? [];
  if (body === "" || (base === "b" && /[^01]/.test(body)) || body.length > 100) return undefined;
  const value = BigInt(`0${base}${body}`) * (sign === "-" ? -1n : 1n);
  return fitsInt64(value) ? { type: "int", text: `${value}` } : undefined;
}

function readFloat(digits: string): Plain | undefined {
  if (!yamlFloat.test(digits)) return undefined;
  const value = Number(digits);
  return Number.isFinite(value) ? { type: "float", text: formatFloat(value) } : undefined;
}

function infinite(text: string): Plain {
  return { type: "float", text };
}

/** A scalar with a tag, such as `!!int`; quotes make no difference then. */
export function resolveTagged(tag: string, source: string): Resolved {
  if (tag === "binary") return readBinary(source);
  if (tag === "str") return plainText(source);
  const types: Readonly<Record<string, string>> = {
    int: "int",
    float: "float",
    bool: "bool",
    null: "null",
    timestamp: "time",
  };
  const expected = Object.hasOwn(types, tag) ? types[tag] : undefined;
  if (expected === undefined) return plainText(source);
  const resolved = resolvePlain(source);
  if (resolved === "unsupported" || resolved.type === expected) return resolved;
  const isWidened = expected === "float" && resolved.type === "int";
  return isWidened ? { type: "float", text: formatFloat(Number(resolved.text)) } : "unsupported";
}

function readBinary(source: string): Resolved {
  const text = source.replaceAll(/[\r\n]/g, "");
  return isBase64(text) ? plainBytes("str", Buffer.from(text, "base64")) : "unsupported";
}
