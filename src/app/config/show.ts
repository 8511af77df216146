import type { Standing } from "../../config/standing.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { Ports } from "../ports.ts";
import { openConfig, standings } from "./open-config.ts";

export interface ShowRequest {
  /** Default: all. */
  readonly environment?: string | undefined;
}

/** How every key stands in an environment. */
export interface Column {
  readonly environment: string;
  readonly standings: readonly Standing[];
}

/** Every key of every environment asked for. */
export async function showConfig(ports: Ports, { environment }: ShowRequest): Promise<Result<Column[]>> {
  const opened = await openConfig(ports, { environments: environment === undefined ? [] : [environment] });
  if (!opened.ok) return opened;
  const { environments } = opened.value;
  const all = await Promise.all(environments.map((one) => standings(opened.value, one)));
  return ok(environments.map(({ name }, index) => ({ environment: name, standings: all[index]! })));
}
