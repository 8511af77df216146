import { describe, expect, test } from "vitest";
import { readRfc3339, readYamlTime } from "../../src/text/go-time.ts";
import { formatFloat } from "../../src/text/plain.ts";
import { resolvePlain, resolveTagged } from "../../src/text/yaml/go-yaml-scalar.ts";

describe("a YAML scalar is what go-yaml makes of it", () => {
  test.each([
    ["0777", "int", "511"],
    ["0o17", "int", "15"],
    ["0x1F", "int", "31"],
    ["-0x1f", "int", "-31"],
    ["0b11", "int", "3"],
    ["0b-11", "int", "-3"],
    ["-0o7", "int", "-7"],
    ["1_000", "int", "1000"],
    ["1__0", "int", "10"],
    ["+12", "int", "12"],
    ["-0", "int", "0"],
    ["00", "int", "0"],
    ["9007199254740993", "int", "9007199254740993"],
    ["-9223372036854775808", "int", "-9223372036854775808"],
    ["-9223372036854775809", "float", "-9223372036854776000"],
    ["18446744073709551616", "float", "18446744073709552000"],
    ["08", "float", "8"],
    ["1.10", "float", "1.1"],
    ["1.0", "float", "1"],
    [".5", "float", "0.5"],
    ["+.5", "float", "0.5"],
    ["1e3", "float", "1000"],
    ["1.e3", "float", "1000"],
    ["1_000.5", "float", "1000.5"],
    ["1e21", "float", "1000000000000000000000"],
    ["-0.0", "float", "-0"],
    [".inf", "float", "+Inf"],
    ["-.INF", "float", "-Inf"],
    [".NaN", "float", "NaN"],
    ["1e400", "str", "1e400"],
    ["._5", "str", "._5"],
    ["0o8", "str", "0o8"],
    ["TRUE", "bool", "True"],
    ["false", "bool", "False"],
    ["tRue", "str", "tRue"],
    ["yes", "str", "yes"],
    ["on", "str", "on"],
    ["1:30", "str", "1:30"],
    ["", "null", ""],
    ["~", "null", ""],
    ["Null", "null", ""],
    ["<<", "str", "<<"],
    ["2001-12-14", "time", "2001-12-14T00:00:00Z"],
    ["2001-12-14t21:59:43.10-05:00", "time", "2001-12-14T21:59:43.1-05:00"],
    ["2001-1-2 3:4:5", "time", "2001-01-02T03:04:05Z"],
    ["2001-13-01", "str", "2001-13-01"],
    ["2001-02-29", "str", "2001-02-29"],
  ])("%s is the %s %s", (source, type, text) => {
    expect(resolvePlain(source)).toEqual({ type, text });
  });

  test("12345678901234567890 is none that SOPS supports", () => {
    expect(resolvePlain("12345678901234567890")).toBe("unsupported");
    expect(resolvePlain("9223372036854775808")).toBe("unsupported");
  });

  test("tags decide, and refuse what does not fit", () => {
    expect(resolveTagged("binary", "aGk=")).toEqual({ type: "str", text: "hi" });
    expect(resolveTagged("binary", "/w==")).toMatchObject({ type: "str", bytes: Buffer.of(255) });
    expect(resolveTagged("str", "12")).toEqual({ type: "str", text: "12" });
    expect(resolveTagged("float", "12")).toEqual({ type: "float", text: "12" });
    expect(resolveTagged("int", "12")).toEqual({ type: "int", text: "12" });
    expect(resolveTagged("int", "x")).toBe("unsupported");
    expect(resolveTagged("constructor", "x")).toEqual({ type: "str", text: "x" });
  });
});

test("floats are printed as Go prints them, never with an exponent", () => {
  const rows: [number, string][] = [
    [1e21, "1000000000000000000000"],
    [1.5e-7, "0.00000015"],
    [1.25e22, "12500000000000000000000"],
    [5e-324, `0.${"0".repeat(323)}5`],
    [0.1, "0.1"],
    [-1234.5, "-1234.5"],
    [3, "3"],
  ];
  for (const [value, text] of rows) expect(formatFloat(value)).toBe(text);
  for (const [value, text] of rows) expect(Number(text)).toBe(value);
});

test("times keep nanoseconds and their zone, and are refused where Go refuses them", () => {
  expect(readRfc3339("2020-01-01T00:00:00.123456789+01:30")).toBe("2020-01-01T00:00:00.123456789+01:30");
  expect(readRfc3339("2020-01-01T00:00:00.100+00:00")).toBe("2020-01-01T00:00:00.1Z");
  expect(readRfc3339("2020-1-1T00:00:00Z")).toBeUndefined();
  expect(readYamlTime("2020-01-01T24:00:00Z")).toBeUndefined();
});
