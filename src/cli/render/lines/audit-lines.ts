import { count } from "../../../errors/quantities.ts";
import type { Event } from "../../../events/event.ts";
import { safeLine } from "../safe-text.ts";

export type Audited = Extract<Event, { type: "taskAudited" }>;

const shown = 10;

/** What an audit found, for people. */
export function auditLines({ task, reads, writes, outside, add }: Audited): string[] {
  if (reads.length + writes.length + outside.length === 0) return [`${task}: reads and writes nothing undeclared`];
  return [
    ...listLines(
      `${task}: reads ${count(reads.length, "file or folder", "files or folders")} that it does not declare`,
      reads,
    ),
    ...listLines(`${task}: writes ${count(writes.length, "file")} that it does not declare`, writes),
    ...listLines(`${task}: reads ${count(outside.length, "file")} outside the project`, outside),
    ...(add.length === 0 ? [] : [`${task}: add to its definition:`, ...add.map((line) => `  ${safeLine(line)}`)]),
  ];
}

function listLines(title: string, paths: readonly string[]): string[] {
  if (paths.length === 0) return [];
  const more = paths.length > shown ? [`  and ${paths.length - shown} more (all of them: --json)`] : [];
  return [title, ...paths.slice(0, shown).map((path) => `  ${safeLine(path)}`), ...more];
}
