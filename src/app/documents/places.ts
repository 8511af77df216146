import { join } from "node:path";
import { type DocumentName, documentNames, factsName } from "../../documents/names.ts";

/** Where each document is, and the facts beside them; absolute. */
export type DocumentPlaces = Readonly<Record<DocumentName | typeof factsName, string>>;

/** All of them in one folder. */
export function placesIn(folder: string): DocumentPlaces {
  const names = [...documentNames, factsName] as const;
  return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as DocumentPlaces;
}
