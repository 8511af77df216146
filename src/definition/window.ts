/**
 * When an environment takes no deployments: ranges of the week (`"Fri 16:00"` to `"Mon 08:00"`) or of the calendar
 * (`"2026-12-20"` to `"2027-01-02"`), by the clocks of a time zone. Pure: the time is passed in.
 *
 * A range is a stretch of real time, from the moment at which those clocks first show `from` to the moment at which they last show
 * `to`. Where they jump over a time, the moment of the jump stands for it. So a clock that is set back opens nothing for an hour and shuts
 * it again.
 */

export interface WindowRange {
  /** A day of the week and a time, `"Fri 16:00"`; or a day of the calendar, with or without a time: `"2026-12-20 12:00"`. */
  readonly from: string;
  /** Of the same form. A day of the calendar without a time is denied to its end. */
  readonly to: string;
}

export interface WindowSpec {
  readonly deny: readonly WindowRange[];
  /** IANA's name: `"Europe/Berlin"`. */
  readonly timeZone: string;
}

/** Milliseconds since 1970. */
export type WindowState =
  /** `shutsAt`: when it next shuts; absent: it does not any more. */
  | { readonly isOpen: true; readonly shutsAt?: number }
  /** `opensAt` absent: never. `range`: the one that holds it shut now. */
  | { readonly isOpen: false; readonly range: WindowRange; readonly opensAt?: number };

/** A window and how it stands. */
export type WindowStanding = WindowState & { readonly timeZone: string };

/** What a text of a range says. `minutes`: of the day; 1440 is its end. */
export type WindowEdge =
  | { readonly is: "week"; readonly day: number; readonly minutes: number }
  | { readonly is: "calendar"; readonly date: number; readonly minutes: number };

const days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const dayMs = 86_400_000;
const minuteMs = 60_000;
const dayMinutes = 1440;
/** 1970-01-01 was a Thursday. */
const thursday = 3;
/** Ranges that follow each other without a gap for longer than so many never end. */
const longestChain = 100;

/** What is wrong with the text of a range, or what it says. `end`: it is a `to`. */
export function readEdge(text: string, end: boolean): WindowEdge | { readonly wrong: "form" | "day" | "time" } {
  const [, day = "", time] = /^(\S+)(?: (\S+))?$/.exec(text) ?? [];
  const minutes = time === undefined ? undefined : minutesOf(time);
  if (Number.isNaN(minutes)) return { wrong: "time" };
  if (/^\d/.test(day)) {
    const date = Date.parse(`${day}T00:00:00Z`);
    const isDay = /^\d{4}-\d\d-\d\d$/.test(day) && !Number.isNaN(date);
    if (!isDay || !new Date(date).toISOString().startsWith(day)) return { wrong: "day" };
    return { is: "calendar", date, minutes: minutes ?? (end ? dayMinutes : 0) };
  }
  const index = days.indexOf(day as (typeof days)[number]);
  if (index < 0) return { wrong: day === "" ? "form" : "day" };
  return minutes === undefined ? { wrong: "time" } : { is: "week", day: index, minutes };
}

function minutesOf(time: string): number {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(time) ?? [];
  const [hour, minute] = [Number(hours), Number(minutes)];
  return hour < 24 && minute < 60 ? hour * 60 + minute : Number.NaN;
}

export function isTimeZone(name: string): boolean {
  try {
    clockOf(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether deployments may begin at a time, and when that changes. The spec must be one without problems. */
export function windowAt({ deny, timeZone }: WindowSpec, now: number): WindowState {
  const clock = clockOf(timeZone);
  const stretches = (at: number) => deny.flatMap((range) => stretchesNear(range, clock, at));
  const holding = (at: number) => stretches(at).filter(({ from, to }) => from <= at && at < to);
  const [first] = holding(now);
  if (first === undefined) {
    const next = stretches(now).filter(({ from }) => from > now);
    return { isOpen: true, ...(next.length > 0 && { shutsAt: Math.min(...next.map(({ from }) => from)) }) };
  }
  let opensAt = now;
  for (let links = 0; links <= longestChain; links++) {
    const still = holding(opensAt);
    if (still.length === 0) return { isOpen: false, range: first.range, opensAt };
    opensAt = Math.max(...still.map(({ to }) => to));
  }
  return { isOpen: false, range: first.range };
}

/** The same with whose clocks it is by. */
export function standingOf(window: WindowSpec, now: number): WindowStanding {
  return { ...windowAt(window, now), timeZone: window.timeZone };
}

/** `Mon 2026-12-07 08:00`, by the clocks of the time zone. */
export function showInZone(at: number, timeZone: string): string {
  const local = at + clockOf(timeZone)(at);
  const day = days[weekdayOf(local)];
  return `${day} ${new Date(local).toISOString().slice(0, 16).replace("T", " ")}`;
}

/** How far ahead of UTC a zone's clocks are at a time; milliseconds. */
type Clock = (at: number) => number;

interface Stretch {
  readonly range: WindowRange;
  readonly from: number;
  readonly to: number;
}

/** Of a range of the week those of the weeks around; of the calendar the only one. */
function stretchesNear(range: WindowRange, clock: Clock, at: number): Stretch[] {
  const [from, to] = [readEdge(range.from, false), readEdge(range.to, true)];
  if ("wrong" in from || "wrong" in to) return [];
  if (from.is === "calendar" && to.is === "calendar") {
    const ends = [from.date + from.minutes * minuteMs, to.date + to.minutes * minuteMs] as const;
    return [stretch(range, clock, ...ends)];
  }
  if (from.is !== "week" || to.is !== "week") return [];
  const local = at + clock(at);
  const monday = Math.floor(local / dayMs) * dayMs - weekdayOf(local) * dayMs;
  const [begins, ends] = [from, to].map(({ day, minutes }) => day * dayMs + minutes * minuteMs) as [number, number];
  const length = ends > begins ? ends - begins : ends - begins + 7 * dayMs;
  return [-1, 0, 1].map((week) => {
    const start = monday + week * 7 * dayMs + begins;
    return stretch(range, clock, start, start + length);
  });
}

function stretch(range: WindowRange, clock: Clock, from: number, to: number): Stretch {
  return { range, from: momentOf(from, clock, "first"), to: momentOf(to, clock, "last") };
}

function weekdayOf(local: number): number {
  return (((Math.floor(local / dayMs) + thursday) % 7) + 7) % 7;
}

/** When the clocks first or last show a time, `local` written as if it were UTC; or jump over it. */
function momentOf(local: number, clock: Clock, which: "first" | "last"): number {
  const around = [local - clock(local - dayMs), local - clock(local + dayMs)];
  const shown = around.filter((at) => at + clock(at) === local);
  if (shown.length > 0) return which === "first" ? Math.min(...shown) : Math.max(...shown);
  return jumpBetween(Math.min(...around), Math.max(...around), clock);
}

/** The first minute of the new offset. */
function jumpBetween(before: number, after: number, clock: Clock): number {
  let [low, high] = [before, after];
  const offset = clock(high);
  while (high - low > minuteMs) {
    const middle = Math.floor((low + high) / 2 / minuteMs) * minuteMs;
    if (clock(middle) === offset) high = middle;
    else low = middle;
  }
  return high;
}

function clockOf(timeZone: string): Clock {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    ...({ year: "numeric", month: "numeric", day: "numeric" } as const),
    ...({ hour: "numeric", minute: "numeric", second: "numeric" } as const),
  });
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
  };
}
