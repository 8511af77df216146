import type { Audited } from "../../../app/audit/audit.ts";
import { shortDigest } from "../../../errors/quantities.ts";
import type { AuditEntry } from "../../../records/action.ts";
import { safeLine } from "../safe-text.ts";
import { showActor } from "../words/actor.ts";
import { showAge } from "./show-age.ts";

/** An entry as a row: number, when, what, where, of which deployment or release, who, why. */
export function auditRow(entry: Audited, now: number): string[] {
  if ("unreadable" in entry)
    return [`${entry.seq}`, "", "cannot be read", "", "", "", safeLine(entry.unreadable.message)];
  const { seq, at, action, environment, deployment, release, by } = entry;
  const subject = [deployment === undefined ? "" : `#${deployment}`, release === undefined ? "" : shortDigest(release)];
  return [
    `${seq}`,
    showAge(at, now),
    safeLine(action),
    safeLine(environment ?? ""),
    subject.filter((one) => one !== "").join(" "),
    by === undefined ? "by itself" : `by ${showActor(by)}`,
    safeLine([entry.reason ?? "", showDetails(entry)].filter((one) => one !== "").join("; ")),
  ];
}

function showDetails({ details }: AuditEntry): string {
  if (typeof details !== "object" || details === null) return "";
  const shown = (value: unknown) =>
    typeof value === "string" ? value : Array.isArray(value) ? value.join(" ") : JSON.stringify(value);
  return Object.entries(details)
    .map(([name, value]) => `${name}: ${shown(value)}`)
    .join(", ");
}
