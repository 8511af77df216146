import { request as sendRequest } from "node:http";
import * as v from "valibot";
import { failed, type Result } from "../../../errors/result.ts";
import {
  type ControlVerb,
  controlFailure,
  controlLimitBytes,
  controlPrefix,
  controlValues,
  olderPrefix,
  olderValues,
} from "./protocol.ts";

type Value<V extends ControlVerb> = v.InferOutput<(typeof controlValues)[V]>;

const olderMs = 5_000;

/** One call on the control socket. Fails with what the gateway answers, or with `gateway-unreachable`. */
export async function callControl<V extends ControlVerb>(
  socketPath: string,
  verb: V,
  body: object,
  limitMs: number,
): Promise<Result<Value<V>>> {
  const value = controlValues[verb] as v.GenericSchema<unknown, unknown>;
  return (await exchange(socketPath, `${controlPrefix}${verb}`, body, limitMs, value)) as Result<Value<V>>;
}

/**
 * Ends a gateway of the version before this one, as `stop` ends one of this version: its addresses are free at once,
 * its requests have `limitMs` to finish. Its process id; `undefined` when none answers there.
 */
export async function stopOlder(socketPath: string, limitMs: number): Promise<number | undefined> {
  const observed = await exchange(socketPath, `${olderPrefix}observe`, {}, olderMs, olderValues.observe);
  if (!observed.ok) return undefined;
  await exchange(socketPath, `${olderPrefix}stop`, { limitMs }, olderMs, olderValues.stop);
  return observed.value.processes[0]?.pid;
}

async function exchange<T>(
  socketPath: string,
  path: string,
  body: object,
  limitMs: number,
  value: v.GenericSchema<unknown, T>,
): Promise<Result<T>> {
  let text: string;
  try {
    text = await post(socketPath, path, JSON.stringify(body), limitMs);
  } catch (error) {
    return unreachable(socketPath, error as NodeJS.ErrnoException);
  }
  const success = v.object({ ok: v.literal(true), value });
  try {
    return v.parse(v.variant("ok", [success, controlFailure] as never), JSON.parse(text)) as Result<T>;
  } catch {
    return unreachable(socketPath, new Error("Its answer is not one of the gateway's."));
  }
}

function unreachable(socketPath: string, error: NodeJS.ErrnoException): Result<never> {
  return failed({
    code: "gateway-unreachable",
    message: "The gateway does not answer",
    cause: `${socketPath}: ${error.message}`,
    hint: "See what it says about itself: tidegate doctor",
  });
}

function post(socketPath: string, path: string, body: string, limitMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(limitMs);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const call = sendRequest({ socketPath, path, method: "POST", headers, agent: false, signal });
  call.on("error", (error) => reject(signal.aborted ? new Error(`No answer in ${limitMs} ms.`) : error));
  call.on("response", (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > controlLimitBytes) call.destroy(new Error("Its answer is too long."));
      else chunks.push(chunk);
    });
    response.on("error", reject);
    response.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
  call.end(body);
  return promise;
}
