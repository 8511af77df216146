import { isRecord } from "../../files/is-record.ts";

/** The field of a JSON document that a person writes: notes by whatever name; everything else is generated. */
const field = "notes";

/** What a person wrote in a JSON document; nothing in one that cannot be read. */
export function notesIn(json: string): unknown {
  const document = parse(json);
  return isRecord(document) ? document[field] : undefined;
}

/** The document without what was written; `undefined` when it is no JSON object: then all of it was edited. */
export function generatedJson(json: string): string | undefined {
  const document = parse(json);
  return isRecord(document) ? print({ ...document, [field]: {} }) : undefined;
}

/** A generated document with the notes of another. */
export function withNotes(generated: string, notes: unknown): string {
  return notes === undefined ? generated : print({ ...(parse(generated) as object), [field]: notes });
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
}

/** As all JSON here is written. */
export function print(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
