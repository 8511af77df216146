import { expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "../../src/files/canonical-json.ts";

test("keys stand in code-unit order at every depth, without spaces", () => {
  const value = { b: 1, a: [true, { z: null, Z: "é", ä: 0.5 }], B: undefined, "10": "", "9": -0 };
  expect(canonicalJson(value)).toBe('{"10":"","9":0,"a":[true,{"Z":"é","z":null,"ä":0.5}],"b":1}');
});

test("it is JSON that means the same", () => {
  const value = JSON.parse('{"__proto__":{"x":1},"quote\\"":"line\\n\\u2028","lone":"\\ud800","n":1e21}');
  expect(JSON.parse(canonicalJson(value))).toEqual(value);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol("x"), [undefined]])("%s is no JSON", (value) => {
  expect(() => canonicalJson(value as JsonValue)).toThrow(TypeError);
});
