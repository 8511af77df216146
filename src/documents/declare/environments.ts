import { gateName } from "../../definition/gates.ts";
import { isProtected } from "../../definition/protected.ts";
import type { Differs, Environment, Gate, ServiceLimits } from "../../definition/types.ts";
import { environmentUrl } from "../../definition/where.ts";
import { rehearsalMs } from "../../environment/previews.ts";
import { durationMs } from "../../errors/duration.ts";
import { count } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import { showCommand } from "../../process/command.ts";
import { comparingOf, strategySpecOf } from "../../strategies/strategies.ts";
import type { DeclaredEnvironment } from "../facts/declared.ts";

const defaultCheckMs = 60_000;

/** An environment as the documents have it. */
export function declareEnvironment(name: string, environment: Environment): DeclaredEnvironment {
  const key = `environments.${name}`;
  const { purpose, driver, after, strategy } = environment;
  const { kind: _, strategy: chosen, because, ...options } = strategy;
  const compared = comparingOf(strategySpecOf(strategy));
  return {
    name,
    key,
    ...(purpose !== undefined && { purpose }),
    isProtected: isProtected(name, environment),
    driver: { name: driver.driver, url: environmentUrl(name, driver), ...reasonOf(driver) },
    ...(after !== undefined && { after }),
    strategy: {
      ...{ name: chosen, options: showOptions(options), ...reasonOf({ because }) },
      ...(compared !== undefined && { alpha: compared.alpha }),
    },
    gates: gatesOf(name, key, environment),
    replicas: differing(environment.replicas, `${key}.replicas`, (count, service) => ({ service, count })),
    limits: differing(environment.limits, `${key}.limits`, (limits, service) => ({
      service,
      limits: showLimits(limits),
    })),
    resources: differing(environment.resources, `${key}.resources`, (value, resource) => ({
      resource,
      kind: value.kind === "external" ? "external" : value.resource,
    })),
  };
}

function gatesOf(name: string, key: string, { gates = [] }: Environment): DeclaredEnvironment["gates"] {
  return gates.map((gate, index) => ({
    kind: gate.gate,
    name: gateName(gate),
    key: `${key}.gates.${index}`,
    ...holdingOf(name, gate),
    ...reasonOf(gate),
  }));
}

/** What must hold, in words, or the command that says so. */
function holdingOf(
  name: string,
  gate: Gate,
): Pick<DeclaredEnvironment["gates"][number], "run" | "timeoutMs" | "holds"> {
  switch (gate.gate) {
    case "check":
      return {
        run: showCommand(gate.run),
        timeoutMs: gate.timeout === undefined ? defaultCheckMs : durationMs(gate.timeout),
      };
    case "window": {
      const ranges = gate.deny.map(({ from, to }) => `${from} to ${to}`).join(", ");
      return { holds: `no deployment begins from ${ranges} (${gate.timeZone})` };
    }
    case "approval": {
      const { by = "approvers", count: needed = 1, notAuthor = false, expires = "3d" } = gate;
      const who = `${count(needed, "approval")} by ${[by].flat().join(", ")}`;
      return { holds: `${who}${notAuthor ? ", not by an author" : ""}, within ${expires}` };
    }
    case "rehearsal":
      return { run: `tidegate rehearse ${name}`, timeoutMs: rehearsalMs };
    default:
      return unreachable(gate);
  }
}

function differing<T, R extends object>(
  all: Readonly<Record<string, Differs<T>>> = {},
  key: string,
  told: (value: T, name: string) => R,
): (R & { readonly key: string; readonly reason: string; readonly until?: string; readonly owner?: string })[] {
  return Object.entries(all).map(([name, { value, reason, until, owner }]) => ({
    ...told(value, name),
    key: `${key}.${name}`,
    reason,
    ...(until !== undefined && { until }),
    ...(owner !== undefined && { owner }),
  }));
}

function showLimits({ memory, cpu }: ServiceLimits): string {
  const parts = [...(memory === undefined ? [] : [`memory ${memory}`]), ...(cpu === undefined ? [] : [`cpu ${cpu}`])];
  return parts.join(", ") || "none";
}

function showOptions(options: Readonly<Record<string, unknown>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function reasonOf({ because }: { readonly because?: string | undefined }): { readonly because?: string } {
  return because === undefined ? {} : { because };
}
