import { randomBytes } from "node:crypto";
import { compareStandings, type Difference } from "../../config/compare.ts";
import { ok, type Result } from "../../errors/result.ts";
import { ProjectKey } from "../../secrets/project-key.ts";
import type { Ports } from "../ports.ts";
import { openConfig, standings } from "./open-config.ts";

export interface DiffRequest {
  readonly first: string;
  readonly second: string;
  /** Also what is equal. */
  readonly all: boolean;
}

/** What is not the same in two environments, and why it may be. */
export async function diffConfig(ports: Ports, { first, second, all }: DiffRequest): Promise<Result<Difference[]>> {
  const opened = await openConfig(ports, { environments: [first, second] });
  if (!opened.ok) return opened;
  const [one, other] = await Promise.all(opened.value.environments.map((each) => standings(opened.value, each)));
  // For this comparison alone: nothing is kept, so looking at config leaves no state behind.
  const key = new ProjectKey(randomBytes(32));
  const differences = compareStandings(one!, other!, (value) => key.digest(value));
  return ok(all ? differences : differences.filter(isToTell));
}

function isToTell({ state, isUndeclared }: Difference): boolean {
  return isUndeclared || (state !== "equal" && state !== "unset");
}
