import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** `sha256:` and 64 hexadecimal digits: of a file of any size, in bounded memory. @throws the system's error. */
export async function digestOfFile(path: string): Promise<string> {
  const digest = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(piece as Buffer);
  return `sha256:${digest.digest("hex")}`;
}
