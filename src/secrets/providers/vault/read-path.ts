import { setTimeout as wait } from "node:timers/promises";
import type { SecretData } from "../../provider.ts";
import { type Answer, get } from "./get.ts";
import { isDeleted, isMissing, meaningOf, secretData } from "./meaning.ts";
import type { VaultLogin } from "./vault-login.ts";

/** One secret of the engine: its fields. */
export type PathReading =
  | { readonly state: "found"; readonly fields: Readonly<Record<string, SecretData>> }
  | { readonly state: "missing"; readonly why: string }
  /** `why` continues "cannot be read: ". */
  | { readonly state: "unreadable"; readonly why: string; readonly hint: string };

/** Which secret of which engine, and who asks. */
export interface PathRequest {
  readonly login: VaultLogin;
  readonly mount: string;
  readonly path: string;
  readonly version?: number;
}

/** How long to try. */
export interface PathLimits {
  /** Of one request. */
  readonly requestMs: number;
  /** Of all tries together. */
  readonly totalMs: number;
  /** How long before the first retry; each further wait is twice as long. */
  readonly waitMs: number;
  readonly tries: number;
}

/** For somebody who waits at the keyboard: a change of leaders is over by then. */
export const pathLimits: PathLimits = { requestMs: 10_000, totalMs: 30_000, waitMs: 250, tries: 4 };

/** `GET /v1/<mount>/data/<path>` of a key/value engine of version 2, as Vault and OpenBao document it. */
export async function readPath(request: PathRequest, limits: PathLimits, signal?: AbortSignal): Promise<PathReading> {
  const whole = AbortSignal.any([AbortSignal.timeout(limits.totalMs), ...(signal === undefined ? [] : [signal])]);
  for (let tried = 1; ; tried += 1) {
    const answer = await ask(request, limits, whole);
    const last = tried >= limits.tries || whole.aborted || !shouldRetry(answer);
    if (last) return judge(answer, request);
    const asked = answer instanceof Error ? 0 : (answer.retryAfter ?? 0) * 1000;
    await pause(Math.min(limits.totalMs, Math.max(asked, limits.waitMs * 2 ** (tried - 1))), whole);
  }
}

async function ask({ login, mount, path, version }: PathRequest, { requestMs }: PathLimits, whole: AbortSignal) {
  const steps = [...mount.split("/"), "data", ...path.split("/")].map(encodeURIComponent).join("/");
  const query = version === undefined ? "" : `?version=${version}`;
  try {
    return await followed(
      new URL(`${login.address}/v1/${steps}${query}`),
      login,
      AbortSignal.any([whole, AbortSignal.timeout(requestMs)]),
    );
  } catch (error) {
    return error instanceof Error ? error : new Error("failed");
  }
}

/** A standby may send to the active node, once; never from https to http: the token goes along. */
async function followed(url: URL, login: VaultLogin, signal: AbortSignal): Promise<Answer> {
  const answer = await get(url, login, signal);
  if (![301, 302, 307, 308].includes(answer.status) || answer.location === undefined) return answer;
  if (!URL.canParse(answer.location, url.href)) return answer;
  const next = new URL(answer.location, url);
  return next.protocol === url.protocol ? get(next, login, signal) : answer;
}

/** Busy, just changing its leader, a standby (472, 473), or not consistent yet (412). A sealed Vault stays so. */
function shouldRetry(answer: Answer | Error): boolean {
  if (answer instanceof Error) return isPassing(answer);
  const { status } = answer;
  if (status === 503) return meaningOf(answer) !== "sealed";
  return [412, 429, 472, 473].includes(status) || (status >= 500 && status !== 501);
}

function isPassing(error: Error & { code?: string }): boolean {
  return ["ECONNRESET", "ECONNREFUSED", "EPIPE", "ETIMEDOUT", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"].includes(
    error.code ?? "",
  );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Aborted: the next try says so.
  await wait(milliseconds, undefined, { signal }).catch(() => undefined);
}

function judge(answer: Answer | Error, { mount, path, login }: PathRequest): PathReading {
  if (answer instanceof Error) return unreachable(answer, login);
  if (isDeleted(answer)) return { state: "missing", why: `the newest version of ${mount}/${path} was deleted` };
  if (isMissing(answer)) return { state: "missing", why: `there is no ${mount}/${path}` };
  if (answer.status === 200) {
    const fields = secretData(answer.body);
    if (fields !== undefined) return { state: "found", fields };
    const hint = "It has to be a key/value engine of version 2.";
    return { state: "unreadable", why: `${login.shownAddress} did not answer as Vault does`, hint };
  }
  return refused(answer, mount, path);
}

function unreachable(error: Error & { code?: string }, { shownAddress: address }: VaultLogin): PathReading {
  const timedOut = error.name === "TimeoutError" || error.name === "AbortError";
  const why = timedOut
    ? `${address} did not answer in time`
    : `${address} cannot be reached (${error.code ?? error.message})`;
  return {
    state: "unreadable",
    why,
    hint: "Check VAULT_ADDR, and VAULT_CACERT if it uses a private certificate.",
  };
}

function refused(answer: Answer, mount: string, path: string): PathReading {
  const { status } = answer;
  switch (meaningOf(answer)) {
    case "denied":
      return unreadable(
        `the token may not read ${mount}/data/${path}`,
        "Log in again, or give the token's policy `read` on that path.",
      );
    case "sealed":
      return unreadable("Vault is sealed", "Unseal it: `vault operator unseal`.");
    case "no mount":
      return unreadable(
        `no engine is mounted at ${mount}`,
        "Check `vault secrets list`; a mount with a slash needs `mount` in vault({ … }).",
      );
    default:
      return unreadable(`Vault answered ${status}`, "Check `vault status` and Vault's log.");
  }
}

function unreadable(why: string, hint: string): PathReading {
  return { state: "unreadable", why, hint };
}
