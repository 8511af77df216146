import { describe, expect, test } from "vitest";
import { refusal } from "../../../src/secrets/redaction/refusal.ts";

describe("a value that cannot be a secret says why", () => {
  test.each([
    ["", "empty"],
    [" \n", "empty"],
    ["true", "short"],
    ["1234567", "short"],
    ["  short ", "short"],
    ["日本語", "short"],
    ["12345678", "digits"],
    ["2026-11-23", "digits"],
    ["00:12:30.500", "digits"],
    ["aaaaaaaaaaaa", "monotonous"],
    ["--------------", "monotonous"],
    ["abababababab", "monotonous"],
    ["abcdefghij", "sequence"],
    ["zyxwvutsrq", "sequence"],
    ["qwertyuiop", "sequence"],
    ["password", "common"],
    ["ChangeMe", "common"],
    ["localhost", "common"],
    ["Production", "common"],
  ])("%j: %s", (value, reason) => {
    const refused = refusal(value);
    expect(refused?.reason).toBe(reason);
    if (value.trim().length > 3) expect(refused?.because).not.toContain(value.trim());
  });

  test.each(["hunter2!", "s3cr3t-value", "582093471205", "correct horse", "パスワードです。", "aGVsbG8gd29ybGQ="])(
    "%j can be one",
    (value) => expect(refusal(value)).toBeUndefined(),
  );
});
