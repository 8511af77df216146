import type { DeploymentSpec } from "./spec.ts";

/** A config key that is not what it was. Of a secret only that it changed is told. */
export interface ConfigChange {
  readonly key: string;
  readonly change: "added" | "removed" | "changed";
  readonly isSecret: boolean;
  /** Absent for secrets, and when there was none. */
  readonly before?: string;
  readonly after?: string;
}

type Config = Pick<DeploymentSpec, "config" | "secrets">;

/** What changed from one deployment's config to another's, by key. Without a first one everything was added. */
export function configChanges(before: Config | undefined, after: Config): ConfigChange[] {
  const [was, is] = [allOf(before), allOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((key) => {
    const [a, b] = [was.get(key), is.get(key)];
    return a?.compared === b?.compared ? [] : [toChange(key, a, b)];
  });
}

interface Value {
  /** Equal when the values are; a secret is never equal to what is none. */
  readonly compared: string;
  /** Absent for secrets. */
  readonly shown?: string;
}

function allOf(config: Config | undefined): ReadonlyMap<string, Value> {
  const plain = Object.entries(config?.config ?? {}).map(([key, value]): [string, Value] => [
    key,
    { compared: `value ${value}`, shown: value },
  ]);
  const secret = Object.entries(config?.secrets ?? {}).map(([key, digest]): [string, Value] => [
    key,
    { compared: `secret ${digest}` },
  ]);
  return new Map([...plain, ...secret]);
}

function toChange(key: string, before: Value | undefined, after: Value | undefined): ConfigChange {
  return {
    key,
    change: before === undefined ? "added" : after === undefined ? "removed" : "changed",
    isSecret: [before, after].some((value) => value !== undefined && value.shown === undefined),
    ...(before?.shown !== undefined && { before: before.shown }),
    ...(after?.shown !== undefined && { after: after.shown }),
  };
}
