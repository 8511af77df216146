import type { ReceivedHead } from "../instance/received-head.ts";
import { headerKind, namedInConnection } from "./header-kinds.ts";

/**
 * The fields of an instance's answer that go on to the client, names and values in turn, as `writeHead` takes them.
 * `takesChunks`: the client understands them, so that announced trailers can be kept.
 */
export function passedOn({ fields, connection, status, body }: ReceivedHead, takesChunks: boolean): string[] {
  const named = connection === "" ? undefined : namedInConnection(connection);
  const headers: string[] = [];
  let length: string | undefined;
  let trailer: string | undefined;
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    const kind = headerKind(name);
    if (kind === "contentLength") length = value;
    else if (kind === "trailer") trailer = value;
    else if ((kind === "endToEnd" || kind === "identity") && !named?.has(name.toLowerCase())) headers.push(name, value);
  }
  if (trailer !== undefined && body.kind !== "none" && takesChunks && length === undefined)
    headers.push("Trailer", trailer);
  // Last, because Node writes a Content-Disposition that comes after a Content-Length in another encoding.
  if (length !== undefined && status !== 204) headers.push("Content-Length", length);
  return headers;
}

/** Of trailers or of an interim answer: what says nothing of framing, routing or the client. */
export function passableFields(raw: readonly string[]): string[] {
  const passable: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string;
    if (headerKind(name) === "endToEnd") passable.push(name, raw[index + 1] as string);
  }
  return passable;
}
