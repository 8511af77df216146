import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { environmentOrder } from "../../environment/order.ts";
import { compareColumns } from "../../environment/parity/compare.ts";
import type { ColumnFacts } from "../../environment/parity/facts.ts";
import type { ParityReport } from "../../environment/parity/report.ts";
import { readStatement, statementOf, statementText } from "../../environment/parity/statement.ts";
import { type Verification, verifyStatement } from "../../environment/parity/verify-statement.ts";
import type { Failure } from "../../errors/failure.ts";
import { dayOf } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { fileFailure } from "../../files/file-failure.ts";
import { readTextIfThere } from "../../files/read-if-there.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import { findEnvironment } from "../find-environment.ts";
import { environmentColumn, machineColumn } from "../parity/columns.ts";
import { readPolicy } from "../parity/policy.ts";
import type { Session } from "../session.ts";

export { holds, isComparison, type ParityReport } from "../../environment/parity/report.ts";
export type { NotProven, StatementProblem, Verification } from "../../environment/parity/verify-statement.ts";

export interface ParityRequest {
  /** Default: all of the definition, no previews. One alone is compared with the one that it comes after or was made like. */
  readonly environments?: readonly string[];
}

/**
 * Compares environments by what serves there, and by the definition where nothing does; beside them this machine. Touches
 * nothing.
 */
export async function parity(session: Session, request: ParityRequest = {}): Promise<Result<ParityReport>> {
  const columns = await columnsOf(session, withBefore(session, request), "read");
  if (!columns.ok) return columns;
  const policy = await readPolicy(session.project, session.ports.now());
  return ok(compareColumns([...columns.value, await machineColumn(session)], policy));
}

export interface StatementRequest extends ParityRequest {
  /** Where it goes; relative to where the call was made. */
  readonly file: string;
}

/** Compares environments and writes what came of it as an in-toto statement: whole, or not at all. This machine is no part of it. */
export async function stateParity(session: Session, request: StatementRequest): Promise<Result<ParityReport>> {
  const columns = await columnsOf(session, withBefore(session, request), "read");
  if (!columns.ok) return columns;
  const { project, ports } = session;
  const policy = await readPolicy(project, ports.now());
  const report = compareColumns(columns.value, policy);
  const statement = statementOf({ project: project.name, report, policy, day: dayOf(ports.now()) });
  const path = resolve(ports.cwd, request.file);
  const before = readTextIfThere(path, { forgive: "everything" });
  if (before !== undefined && !readStatement(before, request.file).ok) return failed(notOurs(request.file));
  try {
    // For everybody to read: there is no secret in it.
    writeFileAtomic(path, statementText(statement), 0o644);
  } catch (error) {
    return failed(fileFailure(error, path) ?? unusable("written", request.file, error));
  }
  return ok(report);
}

/** Checks a statement without looking at any secret. A file that is none fails; what is wrong with one is in the result. */
export async function verifyParity(
  session: Session,
  { file }: { readonly file: string },
): Promise<Result<Verification>> {
  const { project, ports } = session;
  const path = resolve(ports.cwd, file);
  const text = readText(path);
  if (!text.ok) return text;
  const statement = readStatement(text.value, file);
  if (!statement.ok) return statement;
  const { day, columns: said } = statement.value.predicate;
  const known = said.map(({ name }) => name).filter((name) => Object.hasOwn(project.environments, name));
  const columns = known.length === 0 ? ok([]) : await columnsOf(session, { environments: known }, "leave");
  if (!columns.ok) return columns;
  const policy = await readPolicy(project, Date.parse(day));
  const here = compareColumns(columns.value, policy);
  return ok(verifyStatement({ statement: statement.value, project: project.name, policy, here }));
}

function withBefore({ project }: Session, request: ParityRequest): ParityRequest {
  const [name, ...others] = new Set(request.environments);
  if (name === undefined || others.length > 0 || !Object.hasOwn(project.environments, name)) return request;
  const { after, preview } = project.environments[name]!;
  const before = preview?.from ?? after;
  return before === undefined ? request : { ...request, environments: [before, name] };
}

function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, "utf8"));
  } catch (error) {
    return failed(unusable("read", path, error));
  }
}

function unusable(what: "read" | "written", file: string, error: unknown): Failure {
  const cause = error instanceof Error ? error.message : String(error);
  return {
    code: "bad-arguments",
    message: `${file} cannot be ${what}`,
    cause,
    hint: "Name a file in a folder of yours.",
  };
}

/** `secrets`: whether they are asked for where nothing serves. */
async function columnsOf(
  session: Session,
  request: ParityRequest,
  secrets: "read" | "leave",
): Promise<Result<ColumnFacts[]>> {
  const names = namesOf(session, request.environments);
  if (!names.ok) return names;
  const columns: ColumnFacts[] = [];
  for (const name of names.value) {
    const column = await environmentColumn(session, name, secrets);
    if (!column.ok) return column;
    columns.push(column.value);
  }
  return ok(columns);
}

function namesOf(session: Session, asked: readonly string[] = []): Result<string[]> {
  const { environments } = session.project;
  if (asked.length === 0)
    return ok(environmentOrder(session.project).filter((name) => environments[name]?.preview === undefined));
  const found = [...new Set(asked)].map((name) => findEnvironment(session, name));
  const failures = found.flatMap((one) => (one.ok ? [] : one.failures));
  return failures.length > 0 ? failed(...failures) : ok(found.flatMap((one) => (one.ok ? [one.value] : [])));
}

/** Whatever that is, it is somebody's. */
function notOurs(file: string): Failure {
  return {
    code: "file-exists",
    message: `${file} already exists and is not a parity statement`,
    hint: "Name a new file: tidegate parity --statement parity.json",
  };
}
