import { environmentOrder } from "../../environment/order.ts";
import { compareColumns } from "../../environment/parity/compare.ts";
import type { ColumnFacts } from "../../environment/parity/facts.ts";
import type { ParityReport } from "../../environment/parity/report.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { findEnvironment } from "../find-environment.ts";
import { environmentColumn, machineColumn } from "../parity/columns.ts";
import { readPolicy } from "../parity/policy.ts";
import type { Session } from "../session.ts";

export { holds } from "../../environment/parity/report.ts";

export interface ParityRequest {
  /** Default: all of the definition, no previews. */
  readonly environments?: readonly string[];
}

/** Compares environments by what serves there, and by the definition where nothing does; beside them this machine. Touches nothing. */
export async function parity(session: Session, request: ParityRequest = {}): Promise<Result<ParityReport>> {
  const names = namesOf(session, request.environments);
  if (!names.ok) return names;
  const columns: ColumnFacts[] = [];
  for (const name of names.value) {
    const column = await environmentColumn(session, name);
    if (!column.ok) return column;
    columns.push(column.value);
  }
  columns.push(await machineColumn(session));
  const policy = await readPolicy(session.project, session.ports.now());
  return ok(compareColumns(columns, policy));
}

function namesOf(session: Session, asked: readonly string[] = []): Result<string[]> {
  const { environments } = session.project;
  if (asked.length === 0)
    return ok(environmentOrder(session.project).filter((name) => environments[name]?.preview === undefined));
  const found = [...new Set(asked)].map((name) => findEnvironment(session, name));
  const failures = found.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok(found.flatMap((one) => (one.ok ? [one.value] : [])));
}
