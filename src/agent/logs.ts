import { open, stat } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Driver, Instance } from "../drivers/driver.ts";
import { failed, ok, type Result } from "../errors/result.ts";
import { createRedactor } from "../secrets/redact.ts";
import type { Secret } from "../secrets/secret.ts";
import type { LogsCall } from "./protocol.ts";

const lookEveryMs = 250;

/**
 * What instances wrote, with every secret redacted: the last lines of each, then, when following, what comes, until
 * the caller is gone. Lines carry their instance's id when there are several.
 */
export async function readLogs(
  driver: Driver,
  call: LogsCall,
  secrets: readonly Secret[],
  write: (text: string) => void,
  gone: AbortSignal,
): Promise<Result<void>> {
  const observed = await driver.observe(call.environment);
  if (!observed.ok) return observed;
  const chosen = observed.value.filter((instance) => matches(instance, call.only));
  if (chosen.length === 0) return failed(nothingToShow(call));
  const label = (instance: Instance) => (chosen.length > 1 ? `${instance.id} | ` : "");
  const followed = await Promise.all(
    chosen.map(async (instance) => {
      const redactor = createRedactor(secrets);
      const end = call.follow ? await endOf(driver, instance) : 0;
      const lines = await driver.output(call.environment, instance.id, call.lines);
      const text = redactor.push(lines.map((line) => `${label(instance)}${line}\n`).join("")) + redactor.flush();
      if (text !== "") write(text);
      return { instance, end };
    }),
  );
  if (call.follow)
    await Promise.all(
      followed.map(({ instance, end }) => follow(driver, instance, end, label(instance), secrets, write, gone)),
    );
  return ok();
}

function matches(instance: Instance, only: string | undefined): boolean {
  return only === undefined ? instance.state.state === "running" : instance.id === only || instance.service === only;
}

async function endOf(driver: Driver, instance: Instance): Promise<number> {
  const path = (await driver.outputFiles(instance.environment, instance.id)).at(-1);
  if (path === undefined) return 0;
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

async function follow(
  driver: Driver,
  instance: Instance,
  from: number,
  label: string,
  secrets: readonly Secret[],
  write: (text: string) => void,
  gone: AbortSignal,
): Promise<void> {
  const redactor = createRedactor(secrets);
  const decoder = new TextDecoder();
  let position = from;
  let rest = "";
  while (!gone.aborted) {
    const path = (await driver.outputFiles(instance.environment, instance.id)).at(-1);
    const bytes = path === undefined ? Buffer.alloc(0) : await readFrom(path, position);
    position = bytes === undefined ? 0 : position + bytes.length;
    const lines = (rest + redactor.push(decoder.decode(bytes ?? Buffer.alloc(0), { stream: true }))).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) write(lines.map((line) => `${label}${line}\n`).join(""));
    await wait(lookEveryMs, undefined, { signal: gone }).catch(() => {});
  }
}

/** What was appended since; `undefined` when the file was cut and begins anew. */
async function readFrom(path: string, position: number): Promise<Buffer | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size < position) return undefined;
    const buffer = Buffer.alloc(Math.min(size - position, 1024 * 1024));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function nothingToShow({ environment, only }: LogsCall) {
  return {
    code: "nothing-deployed" as const,
    message:
      only === undefined ? `No instance runs in ${environment}` : `${environment} has no instance or service "${only}"`,
    hint: "See what there is: tidegate status",
  };
}
