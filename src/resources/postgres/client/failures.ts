import type { FailureCode } from "../../../errors/codes.ts";
import type { Failure } from "../../../errors/failure.ts";
import { failed, type Result } from "../../../errors/result.ts";

/** The system's and the resolver's words for a server that does not answer. */
const unreached = new Set(
  "ECONNREFUSED ECONNRESET ENOENT EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN".split(" "),
);

/** SQLSTATEs that mean the same: too many connections, starting, ending, a connection that broke, who may not come in. */
const refusals = /^(08...|53300|57P0[1-5]|28...)$/;

/** Whether this is the answer, or the silence, of a server; any other throw is a bug. */
export function isServerError(error: unknown): error is Error & { readonly code?: string } {
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  return "severity" in error || unreached.has(code) || isBroken(error);
}

/** Whether nobody listens there. */
export function isNobodyThere(error: unknown): boolean {
  return ["ECONNREFUSED", "ENOENT"].includes(codeOf(error));
}

/** Whether the server comes up or goes down just now, or is slow to answer. */
export function isBetween(error: unknown): boolean {
  return (
    ["57P03", "57P01", "ECONNRESET", "53300"].includes(codeOf(error)) || (error instanceof Error && isBroken(error))
  );
}

/** The SQLSTATE or the system's code of an error; "" when it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** What the client throws when the wire breaks or the server is silent. It has no code. */
function isBroken(error: Error): boolean {
  return /^(Connection terminated|timeout expired|Query read timeout|Client has encountered a connection error)/.test(
    error.message,
  );
}

/** `what`: the subject of a sentence, such as "The database of db in staging". `hint`: how to mend most that can be. */
export interface Where {
  readonly what: string;
  readonly hint: string;
  /** Where its data is; absent: somebody else's machine. */
  readonly folder?: string;
}

/** Turns what a server says into a failure; any other throw goes on. */
export async function guardServer<T>(where: Where, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    if (!isServerError(error)) throw error;
    return failed(serverFailure(error, where));
  }
}

function serverFailure(error: Error, { what, hint, folder }: Where): Failure {
  const code = failureCode(codeOf(error), error);
  const cause = error.message;
  if (code === "no-space") {
    return {
      code,
      message: `${what} has no space left`,
      cause,
      hint: `Free some space ${folder === undefined ? "there" : `in ${folder}`}, then run the command again.`,
    };
  }
  const message = code === "resource-unreachable" ? `${what} cannot be reached` : `${what} refused a statement`;
  return { code, message, cause, hint };
}

function failureCode(code: string, error: Error): FailureCode {
  if (code === "53100") return "no-space";
  return refusals.test(code) || unreached.has(code) || isBroken(error) ? "resource-unreachable" : "resource-failed";
}
