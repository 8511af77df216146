import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import type { AlertChannel } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Secret, Secrets } from "../../secrets/secret.ts";
import type { Alert } from "./alert.ts";

const answerMs = 10_000;
const commandMs = 30_000;

/** What is told, the same over every channel. */
export interface Message {
  readonly project: string;
  readonly alert: Alert;
}

/**
 * Tells it over one channel, within seconds. Fails with `alert-undelivered`, without anything of the address, the secret or the answer: it may
 * be tried again, with the same id, by which who hears it twice knows it.
 */
export function send(channel: AlertChannel, secrets: Secrets, message: Message, now: number): Promise<Result<void>> {
  return channel.kind === "webhook" ? post(channel, secrets, message, now) : run(channel.run, message);
}

async function post(
  { url, secret }: AlertChannel & { kind: "webhook" },
  secrets: Secrets,
  message: Message,
  now: number,
): Promise<Result<void>> {
  const [address, key] = [secrets.get(url), secrets.get(secret)];
  if (address === undefined || key === undefined) return undelivered(`The secret ${address ? secret : url} is missing`);
  const body = JSON.stringify({
    type: `tidegate.${message.alert.kind}`,
    timestamp: isoOf(message.alert.at),
    data: dataOf(message),
  });
  return call(address, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...signedHeaders(message.alert.id, body, key, now) },
  });
}

/**
 * https://github.com/standard-webhooks/standard-webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64 behind `v1,`; a secret that begins
 * with `whsec_` is base64 of the key.
 */
export function signedHeaders(id: string, body: string, secret: Secret, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000));
  const text = secret.reveal();
  const key = text.startsWith("whsec_") ? Buffer.from(text.slice("whsec_".length), "base64") : Buffer.from(text);
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

/** One call whose answer is only looked at for whether it is good. Follows nothing, waits seconds. */
export async function call(address: Secret, init: RequestInit): Promise<Result<void>> {
  const text = address.reveal();
  if (!/^https?:\/\//.test(text) || !URL.canParse(text))
    return undelivered("The address is no http:// or https:// address");
  try {
    const answer = await fetch(text, { ...init, redirect: "manual", signal: AbortSignal.timeout(answerMs) });
    await answer.body?.cancel();
    return answer.ok ? ok() : undelivered(`The other side answered with status ${answer.status}`);
  } catch (error) {
    return undelivered(reasonOf(error));
  }
}

/** Its own message may have the address in it. */
function reasonOf(error: unknown): string {
  const { name, cause } = error as Error & { cause?: { code?: unknown } };
  if (name === "TimeoutError") return `No answer within ${answerMs / 1000} seconds`;
  return typeof cause?.code === "string" ? `The connection failed (${cause.code})` : "The connection failed";
}

function run([file, ...args]: readonly [string, ...string[]], message: Message): Promise<Result<void>> {
  const { promise, resolve } = Promise.withResolvers<Result<void>>();
  const { PATH, HOME, LANG } = process.env;
  const env = { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(LANG && { LANG }) };
  // A group of its own: what it started ends with it.
  const child = spawn(file, args, { env, cwd: "/", stdio: ["pipe", "ignore", "ignore"], detached: true });
  const timer = setTimeout(() => endGroup(child.pid), commandMs);
  child.once("error", (error) =>
    resolve(undelivered(`${file} cannot be started (${(error as NodeJS.ErrnoException).code})`)),
  );
  child.once("exit", (code, signal) => {
    clearTimeout(timer);
    endGroup(child.pid);
    const how = signal === null ? `exit code ${code}` : signal;
    resolve(code === 0 ? ok() : undelivered(`${file} ended with ${how}`));
  });
  child.once("close", () => clearTimeout(timer));
  child.stdin.on("error", () => {});
  child.stdin.end(`${JSON.stringify(dataOf(message))}\n`);
  return promise.finally(() => clearTimeout(timer));
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function dataOf({ project, alert }: Message): object {
  const { at, ...rest } = alert;
  return { project, ...rest, at: isoOf(at) };
}

function isoOf(at: number): string {
  return new Date(at).toISOString();
}

function undelivered(cause: string): Result<never> {
  return failed({
    code: "alert-undelivered",
    message: "An alert could not be delivered",
    cause,
    hint: "Try its channels: tidegate alerts test",
  });
}
