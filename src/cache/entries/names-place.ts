import type { BlobStore } from "../../blobs/blob-store.ts";
import type { Entry } from "./entry.ts";

/**
 * Whether a result that was made elsewhere names that place: in an output, in a link or in its log. Then it would say
 * here what was true there. Only the plain text of the path is looked for. What cannot be read counts as naming it.
 */
export async function namesPlace({ outputs, log }: Entry, place: string, blobs: BlobStore): Promise<boolean> {
  const files = outputs.entries.filter((output) => output.kind === "file");
  if (outputs.entries.some((output) => output.kind === "link" && output.target.includes(place))) return true;
  for (const digest of new Set([log, ...files.map((file) => file.digest)])) {
    const bytes = await blobs.read(digest);
    if (bytes === undefined || Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(place)) return true;
  }
  return false;
}
