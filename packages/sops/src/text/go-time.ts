/** The forms of a timestamp that go-yaml knows; Go's own parser takes one or two digits where it says one. */
const withZone = /^(\d{4})-(\d{1,2})-(\d{1,2})[Tt](\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;
const withoutZone = /^(\d{4})-(\d{1,2})-(\d{1,2}) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d+))?$/;
const dateOnly = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

/** A YAML timestamp as SOPS hashes it (RFC 3339, nanoseconds as needed); undefined for what is none. */
export function readYamlTime(source: string): string | undefined {
  const match = withZone.exec(source) ?? withoutZone.exec(source) ?? dateOnly.exec(source);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const numbers = [year, month, day, hour, minute, second].map(Number) as [number, number, number, ...number[]];
  if (!isDate(numbers) || !isZone(zone)) return undefined;
  const two = (text: string) => text.padStart(2, "0");
  const nanoseconds = fraction.slice(0, 9).replace(/0+$/, "");
  const date = `${year}-${two(month)}-${two(day)}`;
  const time = `${two(hour)}:${two(minute)}:${two(second)}${nanoseconds === "" ? "" : `.${nanoseconds}`}`;
  return `${date}T${time}${isUtc(zone) ? "Z" : zone}`;
}

const strict = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 as Go's `UnmarshalText` reads it and `MarshalText` prints it again. */
export function readRfc3339(source: string): string | undefined {
  return strict.test(source) ? readYamlTime(source) : undefined;
}

/** A point in time without its fraction, in its own zone: what the MAC is bound to. */
export function toSeconds(time: string): string {
  return time.replace(/\.\d+/, "");
}

function isDate([year, month, day, hour = 0, minute = 0, second = 0]: [number, number, number, ...number[]]): boolean {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return day <= (lengths[month - 1] ?? 0);
}

function isZone(zone: string): boolean {
  return zone === "Z" || (Number(zone.slice(1, 3)) <= 23 && Number(zone.slice(4)) <= 59);
}

function isUtc(zone: string): boolean {
  return zone === "Z" || zone.slice(1) === "00:00";
}
