import { describe, expect, test } from "vitest";
import { isTimeZone, showInZone, type WindowRange, windowAt } from "../../src/definition/window.ts";

const at = (text: string) => Date.parse(text);
const berlin = (...deny: WindowRange[]) => ({ deny, timeZone: "Europe/Berlin" });
const weekend = { from: "Fri 16:00", to: "Mon 08:00" };

/** `open`, or `shut until …`; and when an open one shuts. */
function show(deny: readonly WindowRange[], now: string, timeZone = "Europe/Berlin"): string {
  const state = windowAt({ deny, timeZone }, at(now));
  const iso = (moment: number) => new Date(moment).toISOString().replace(":00.000Z", "Z");
  if (state.isOpen) return state.shutsAt === undefined ? "open" : `open until ${iso(state.shutsAt)}`;
  return state.opensAt === undefined ? "shut" : `shut until ${iso(state.opensAt)}`;
}

describe("a range over the end of the week", () => {
  test.each([
    ["before it", "2026-12-04T14:59:59Z", "open until 2026-12-04T15:00Z"],
    ["at its first moment", "2026-12-04T15:00:00Z", "shut until 2026-12-07T07:00Z"],
    ["on the Sunday", "2026-12-06T12:00:00Z", "shut until 2026-12-07T07:00Z"],
    ["a second before its end", "2026-12-07T06:59:59Z", "shut until 2026-12-07T07:00Z"],
    ["at its end", "2026-12-07T07:00:00Z", "open until 2026-12-11T15:00Z"],
  ])("%s", (_, now, expected) => {
    expect(show([weekend], now)).toBe(expected);
  });
});

describe("the days on which clocks are set", () => {
  test.each([
    [
      "forward, during the range: it ends by the new time",
      [weekend],
      "2027-03-27T12:00:00Z",
      "shut until 2027-03-29T06:00Z",
    ],
    ["back, during the range", [weekend], "2026-10-24T12:00:00Z", "shut until 2026-10-26T07:00Z"],
    [
      "forward over its beginning: it begins with the jump",
      [{ from: "Sun 02:30", to: "Sun 12:00" }],
      "2027-03-28T00:30:00Z",
      "open until 2027-03-28T01:00Z",
    ],
    [
      "forward over its end: it ends with the jump",
      [{ from: "Sun 01:00", to: "Sun 02:30" }],
      "2027-03-28T00:30:00Z",
      "shut until 2027-03-28T01:00Z",
    ],
    [
      "back over its end: it ends the second time",
      [{ from: "Sun 01:00", to: "Sun 02:30" }],
      "2026-10-25T00:45:00Z",
      "shut until 2026-10-25T01:30Z",
    ],
    [
      "back over its beginning: it begins the first time",
      [{ from: "Sun 02:30", to: "Sun 12:00" }],
      "2026-10-25T00:15:00Z",
      "open until 2026-10-25T00:30Z",
    ],
  ])("%s", (_, deny, now, expected) => {
    expect(show(deny, now)).toBe(expected);
  });

  test("far from Europe, too: a half hour, south of the equator", () => {
    const deny = [{ from: "Sun 02:10", to: "Sun 06:00" }];
    expect(show(deny, "2026-10-03T15:00:00Z", "Australia/Lord_Howe")).toBe("open until 2026-10-03T15:30Z");
    expect(show(deny, "2026-10-03T16:00:00Z", "Australia/Lord_Howe")).toBe("shut until 2026-10-03T19:00Z");
  });
});

describe("ranges of the calendar", () => {
  const holidays = { from: "2026-12-20", to: "2027-01-02" };

  test.each([
    ["before", "2026-12-19T22:59:00Z", "open until 2026-12-19T23:00Z"],
    ["within", "2026-12-31T12:00:00Z", "shut until 2027-01-02T23:00Z"],
    ["the last day is one of them", "2027-01-02T12:00:00Z", "shut until 2027-01-02T23:00Z"],
    ["after", "2027-01-03T12:00:00Z", "open"],
  ])("%s", (_, now, expected) => {
    expect(show([holidays], now)).toBe(expected);
  });

  test("with times", () => {
    const sale = { from: "2026-11-27 06:00", to: "2026-11-30 22:00" };
    expect(show([sale], "2026-11-30T20:59:00Z")).toBe("shut until 2026-11-30T21:00Z");
    expect(show([sale], "2026-11-30T21:00:00Z")).toBe("open");
  });

  test("what follows one without a gap is told with it", () => {
    expect(show([{ from: "2026-12-01", to: "2026-12-04" }, weekend], "2026-12-03T12:00:00Z")).toBe(
      "shut until 2026-12-07T07:00Z",
    );
  });
});

test("says that it never opens where its ranges leave no time", () => {
  const all = [
    { from: "Mon 00:00", to: "Thu 00:00" },
    { from: "Thu 00:00", to: "Mon 00:00" },
  ];
  expect(windowAt(berlin(...all), at("2026-12-03T12:00:00Z"))).toEqual({ isOpen: false, range: all[1] });
});

test("shows a moment by the clocks of the zone", () => {
  expect(showInZone(at("2026-12-07T07:00:00Z"), "Europe/Berlin")).toBe("Mon 2026-12-07 08:00");
  expect(showInZone(at("2026-07-06T23:30:00Z"), "Asia/Kolkata")).toBe("Tue 2026-07-07 05:00");
});

test("knows which zones there are", () => {
  expect(["UTC", "Europe/Berlin", "Europe/Bielefeld", ""].map(isTimeZone)).toEqual([true, true, false, false]);
});
