import { describe, expect, test } from "vitest";
import { sieveOf, type Wanted } from "../../src/app/logs/sieve.ts";
import { failureOf, unwrap } from "./ports.ts";

const now = Date.parse("2026-01-31T12:00:00Z");
function sieve(wanted: Wanted) {
  const log = unwrap(sieveOf(wanted, now));
  return Object.assign(log, { text: (text: string, at?: number) => String(log.lines(Buffer.from(text), at)) });
}
const timed = "2026-01-31T11:00:00Z early\n\tat early\n[2026-01-31T11:55:00.5Z] late\n\tat late\n";

describe("lines that are asked for", () => {
  test.each(["10m", "600s", "2026-01-31T11:50:00Z", "2026-01-31 12:50+01:00"])(
    "since %s are those with a later time, and what belongs to them",
    (since) => {
      const log = sieve({ since });
      expect(log.text(timed)).toBe("[2026-01-31T11:55:00.5Z] late\n\tat late\n");
      expect(log.untimed).toBe(0);
    },
  );

  test.each([
    [`{"time":${now - 1000},"a":1}\n`, true],
    [`{"ts":${now / 1000 - 3600},"a":1}\n`, false],
    [`{"@timestamp":"2026-01-31T11:59:00Z"}\n`, true],
    ["\u001b[32m2026-01-31T11:00:00Z\u001b[0m x\n", false],
    ["d1-web-1 | 2026-01-31T11:00:00Z x\n", false],
  ])("tell their time in %j", (line, isShown) => {
    expect(sieve({ since: "10m" }).text(line)).toBe(isShown ? line : "");
  });

  test("belong to the line before of the same instance", () => {
    const early = "a | 2026-01-31T11:00:00Z x\n";
    const late = "b | 2026-01-31T11:59:00Z y\n";
    expect(sieve({ since: "10m" }).text(`${early}${late}a |  at x\nb |  at y\n`)).toBe(`${late}b |  at y\n`);
  });

  test("are shown and counted when nothing tells their time", () => {
    const log = sieve({ since: "10m" });
    expect(log.text("one\ntwo\n")).toBe("one\ntwo\n");
    expect(log.untimed).toBe(2);
  });

  test("are of now when they come while they are followed", () => {
    const log = sieve({ since: "10m" });
    expect(log.text("2026-01-31T11:00:00Z early\n", now)).toBe("");
    expect(log.text("without a time\n", now)).toBe("without a time\n");
    expect(log.untimed).toBe(0);
  });

  test("of a task lie within its run", () => {
    const bytes = Buffer.from("one\n");
    const log = sieve({ since: "10m" });
    expect(log.bytes(bytes, { until: now - 601_000 })).toHaveLength(0);
    expect(Buffer.from(log.bytes(bytes, { from: now - 599_000, until: now }))).toEqual(bytes);
    expect(log.untimed).toBe(0);
  });

  test("have one of the texts, case and all, and keep their bytes", () => {
    const log = sieve({ grep: ["é(", "b"] });
    const bytes = Buffer.concat([Buffer.from("é( \u0000"), Buffer.from([0xff, 0x0d, 0x0a]), Buffer.from("B\n\ufeffb")]);
    const kept = Buffer.concat([bytes.subarray(0, 8), Buffer.from("\ufeffb")]);
    expect(Buffer.from(log.bytes(bytes, {}))).toEqual(kept);
    expect(Buffer.from(log.lines(bytes))).toEqual(kept);
    expect(log.text("é(\nB\nb\n")).toBe("é(\nb\n");
  });

  test.each([{ since: "yesterday" }, { since: "10" }, { since: "-1m" }, { since: "2026-13-01" }, { grep: ["a\nb"] }])(
    "cannot be meant by %j",
    (wanted) => {
      expect(failureOf(sieveOf(wanted, now)).code).toBe("bad-arguments");
    },
  );
});
