import type { IncomingMessage } from "node:http";
import type { AppRequest } from "./app.ts";

const longestBody = 16 * 1024;

/** The request with its body read; `undefined` when the body is too long or not what it says it is. */
export async function readRequest(message: IncomingMessage): Promise<AppRequest | undefined> {
  const type = message.headers["content-type"] ?? "";
  const isJson = type.startsWith("application/json");
  const body = await readBody(message);
  const fields = body === undefined ? undefined : parseFields(body, isJson);
  if (fields === undefined) return undefined;
  return {
    method: message.method ?? "GET",
    path: (message.url ?? "/").split("?", 1)[0]!,
    fields,
    bearer: /^Bearer (\S+)$/.exec(message.headers.authorization ?? "")?.[1] ?? "",
    json: isJson || !(message.headers.accept ?? "").includes("text/html"),
  };
}

async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Left alone when it is too long: a destroyed message takes its connection, and the answer, with it.
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > longestBody) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseFields(body: string, isJson: boolean): Record<string, string> | undefined {
  if (!isJson) return Object.fromEntries(new URLSearchParams(body));
  try {
    const entries = Object.entries(JSON.parse(body === "" ? "{}" : body));
    return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return undefined;
  }
}
