import { failed, ok, type Result } from "../errors/result.ts";
import type { Driver } from "./driver.ts";
import type { DriverKind, DriverPlace, DriverSpec } from "./driver-kind.ts";
import { localKind } from "./local/kind.ts";

/** Every driver there is. A new one is its folder, its builder in the definition, and its line here. */
const kinds: Record<string, DriverKind> = {
  local: localKind,
};

/** What deployments of before have, whose spec says nothing. */
export const localSpec: DriverSpec = { kind: "local" };

export function driverKind(name: string): DriverKind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

export function driverNames(): readonly string[] {
  return Object.keys(kinds);
}

/** Fails with `state-newer` when this version has no such driver. */
export async function openDriver(spec: DriverSpec, place: DriverPlace): Promise<Result<Driver>> {
  const kind = driverKind(spec.kind);
  if (kind?.isSpec(spec)) return ok(await kind.open(spec, place));
  return failed({
    code: "state-newer",
    message: `This version of Tidegate does not have the driver ${JSON.stringify(spec.kind)} that a deployment uses`,
    hint: "Use the Tidegate that deployed last, or a newer one.",
  });
}

/** For tests, which bring a driver of their own; nothing else may call it. Returns what takes it out again. */
export function registerForTest(name: string, kind: DriverKind): () => void {
  kinds[name] = kind;
  return () => void delete kinds[name];
}
