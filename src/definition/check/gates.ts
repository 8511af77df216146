import { nearest } from "../distance.ts";
import type { Problem } from "../problem.ts";
import type { DeniedRange } from "../types.ts";
import { isTimeZone, readEdge, type WindowEdge, windowAt } from "../window.ts";
import { approvalOptions } from "./access.ts";
import { command, duration, isKind, isObject, simpleName, text } from "./leaves.ts";
import { type Check, listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const example = 'Write `check("name", "command")` or `window({ deny: [{ from: "Fri 16:00", to: "Mon 08:00" }], … })`.';

export const isGate = value((input) => isKind(input, "gate"), "a gate", example);

const own = value(() => true, "made by a gate's builder");
const common = { kind: own, gate: own, because: optional(text) };

/** What each kind of gate is made of, and what cannot be said of its parts one by one. */
interface GateKind {
  readonly check: Check;
  readonly problems?: (gate: Readonly<Record<string, unknown>>, path: Problem["path"], subject: string) => Problem[];
}

const gateKinds: Readonly<Record<string, GateKind>> = {
  check: { check: shape({ ...common, name: simpleName, run: command, timeout: optional(duration) }) },
  window: {
    check: shape({
      ...common,
      deny: listOf(shape({ from: text, to: text }), 'ranges like { from: "Fri 16:00", to: "Mon 08:00" }'),
      timeZone: value(
        (input) => typeof input === "string" && isTimeZone(input),
        'the name of a time zone like "Europe/Berlin"',
      ),
    }),
    problems: windowProblems,
  },
  approval: { check: shape({ ...common, ...approvalOptions }) },
  rehearsal: {
    check: shape({
      ...common,
      data: optional(value((input) => input === "empty" || input === "snapshot", '"empty" or "snapshot"')),
    }),
  },
};

/** What is wrong with the gates of an environment. That each was made by a builder is the list's own check. */
export function gateProblems(gates: readonly unknown[], path: Problem["path"], subject: string): Problem[] {
  const names = new Set<unknown>();
  return gates.flatMap((item, index) => {
    if (!isObject(item) || item.kind !== "gate") return [];
    const here = [...path, index];
    const kindName = String(item.gate);
    if (!Object.hasOwn(gateKinds, kindName)) return [unknownKind(kindName, here, subject)];
    const { check, problems } = gateKinds[kindName]!;
    const name = kindName === "check" ? item.name : kindName;
    if (names.has(name)) return [sameGate(String(name), kindName, here, subject)];
    names.add(name);
    const told = `${subject}: ${kindName === "check" ? `gate ${index + 1}` : kindName}`;
    const found = shapeProblems(check, item, here, told);
    if (kindName === "check" && Object.hasOwn(gateKinds, String(name)) && name !== "check")
      return [...found, reserved(String(name), here, subject)];
    return found.length > 0 ? found : (problems?.(item, here, told) ?? []);
  });
}

function windowProblems(gate: Readonly<Record<string, unknown>>, path: Problem["path"], subject: string): Problem[] {
  const { deny, timeZone } = gate as { readonly deny: readonly DeniedRange[]; readonly timeZone: string };
  const found = deny.flatMap((range, index) => rangeProblems(range, [...path, "deny", index], subject));
  if (found.length > 0) return found;
  // Only ranges of the week can leave nothing: those of the calendar end.
  const week = deny.filter(({ from }) => /^\D/.test(from));
  const state = windowAt({ deny: week, timeZone }, 0);
  if (state.isOpen || state.opensAt !== undefined) return [];
  const message = `${subject}: its ranges leave no time at which it is open`;
  return [{ code: "invalid-definition", path: [...path, "deny"], message, hint: "Leave out some of them." }];
}

const forms = '"Fri 16:00", or a day of the calendar like "2026-12-20"';

function rangeProblems({ from, to }: DeniedRange, path: Problem["path"], subject: string): Problem[] {
  const edges = { from: readEdge(from, false), to: readEdge(to, true) };
  const wrong = Object.entries(edges).flatMap(([key, edge]) =>
    "wrong" in edge ? [wrongEdge(edge.wrong, key === "from" ? from : to, [...path, key], `${subject}: ${key}`)] : [],
  );
  if (wrong.length > 0) return wrong;
  const message = misfit(edges.from as WindowEdge, edges.to as WindowEdge);
  if (message === undefined) return [];
  const shown = `${subject}: the range from "${from}" to "${to}" ${message}`;
  return [{ code: "invalid-definition", path: [...path, "to"], message: shown, hint: "Give it another `to`." }];
}

function misfit(from: WindowEdge, to: WindowEdge): string | undefined {
  if (from.is === "week" && to.is === "week") {
    return from.day === to.day && from.minutes === to.minutes ? "begins and ends at the same time" : undefined;
  }
  if (from.is !== "calendar" || to.is !== "calendar") return "mixes a day of the week and a day of the calendar";
  const minutes = (to.date - from.date) / 60_000 + to.minutes - from.minutes;
  if (minutes === 0) return "begins and ends at the same time";
  return minutes < 0 ? "ends before it begins" : undefined;
}

function wrongEdge(wrong: "form" | "day" | "time", shown: string, path: Problem["path"], what: string): Problem {
  const code = "invalid-definition";
  const given = JSON.stringify(shown.slice(0, 60));
  if (wrong === "time")
    return { code, path, message: `${what} must say a time like "16:00", not ${given}`, hint: `Write ${forms}.` };
  const day = nearest(shown.split(" ")[0] ?? "", ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
  const hint = wrong === "day" && day !== undefined ? `Did you mean "${day}"?` : `Write ${forms}.`;
  return { code, path, message: `${what} must be a day and a time, not ${given}`, hint };
}

function unknownKind(kind: string, path: Problem["path"], subject: string): Problem {
  const message = `${subject}: this version of Tidegate has no gate "${kind}"`;
  return { code: "invalid-definition", path, message, hint: `It has ${Object.keys(gateKinds).join(", ")}.` };
}

function reserved(name: string, path: Problem["path"], subject: string): Problem {
  const message = `${subject}: a check cannot be named "${name}", as another kind of gate is`;
  return { code: "invalid-definition", path: [...path, "name"], message, hint: "Give it another name." };
}

function sameGate(name: string, kind: string, path: Problem["path"], subject: string): Problem {
  const code = "invalid-definition";
  if (kind !== "check") {
    const message = `${subject} has two gates of the kind "${kind}"`;
    return { code, path, message, hint: "Write all of it in one." };
  }
  const message = `${subject} has two gates "${name}"`;
  return { code, path: [...path, "name"], message, hint: "Give each gate of an environment its own name." };
}
