import { request as sendRequest } from "node:http";
import * as v from "valibot";
import { failed, type Result } from "../../../errors/result.ts";
import { type ControlVerb, controlFailure, controlLimitBytes, controlPrefix, controlValues } from "./protocol.ts";

type Value<V extends ControlVerb> = v.InferOutput<(typeof controlValues)[V]>;

/** One call on the control socket. Fails with what the gateway answers, or with `gateway-unreachable`. */
export async function callControl<V extends ControlVerb>(
  socketPath: string,
  verb: V,
  body: object,
  limitMs: number,
): Promise<Result<Value<V>>> {
  let text: string;
  try {
    text = await exchange(socketPath, verb, JSON.stringify(body), limitMs);
  } catch (error) {
    return unreachable(socketPath, error as NodeJS.ErrnoException);
  }
  return readResult(verb, text, socketPath);
}

function readResult<V extends ControlVerb>(verb: V, text: string, socketPath: string): Result<Value<V>> {
  const success = v.object({ ok: v.literal(true), value: controlValues[verb] });
  try {
    const parsed = v.parse(v.variant("ok", [success, controlFailure] as never), JSON.parse(text));
    return parsed as Result<Value<V>>;
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

function exchange(socketPath: string, verb: string, body: string, limitMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signal = AbortSignal.timeout(limitMs);
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const call = sendRequest({
    socketPath,
    path: `${controlPrefix}${verb}`,
    method: "POST",
    headers,
    agent: false,
    signal,
  });
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
