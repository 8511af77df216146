import type { Envelope } from "../../src/events/envelope.ts";
import type { Event, Recorded } from "../../src/events/event.ts";

/** A line that `--json` printed of what happened, without its envelope: an event and its time, or a failure. */
export type Line = Recorded | { readonly type: "failure"; readonly code: string; readonly message: string };

/** As loosely typed as `JSON.parse`: for tests that look at what a script would see. */
type Parsed = ReturnType<typeof JSON.parse>;

/** What `--json` printed: events without their envelopes, failures as they are. */
export function linesOf(stdout: string): Parsed[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(lineOf);
}

export function lineOf(text: string): Parsed {
  const line = JSON.parse(text);
  return "event" in line ? { ...line.event, at: line.at } : line;
}

/** The events with their envelopes. */
export function envelopesOf(stdout: string): Envelope[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line)).filter((line) => "event" in line);
}

export function isEvent(line: Line): line is Recorded<Event> {
  return line.type !== "failure";
}
