import { join, resolve } from "node:path";
import { failed, ok, type Result } from "../result.ts";
import { type KeyLookup, sopsKeyFile, userConfigFolder } from "./key-lookup.ts";
import type { IdentityText } from "./parse-identities.ts";
import { readKeyFile } from "./read-key-file.ts";

/** A place where keys can be. */
export interface KeySource {
  /** For people. */
  readonly name: string;
  /** `undefined`: there are no keys in it. */
  read(): Promise<Result<IdentityText | undefined>>;
}

/** Every place but the command, in the order in which they are read; all of them count. */
export function keySources(lookup: KeyLookup): KeySource[] {
  return [variableSource(lookup), fileVariableSource(lookup), ...configSource(lookup), ...ownSources(lookup)];
}

function variableSource({ variables }: KeyLookup): KeySource {
  const name = "SOPS_AGE_KEY";
  const text = variables[name];
  return { name, read: async () => ok(text === undefined ? undefined : { text, origin: name, isVariable: true }) };
}

function fileVariableSource({ variables, folder }: KeyLookup): KeySource {
  const name = "SOPS_AGE_KEY_FILE";
  const path = variables[name];
  if (path === undefined) return { name, read: async () => ok(undefined) };
  const file = resolve(folder, path);
  const origin = `${name} (${file})`;
  const read = async () => {
    const text = path === "" ? ok(undefined) : await readKeyFile(file, origin, "any");
    if (!text.ok) return text;
    return text.value === undefined ? refuseMissing(origin) : ok(fileText(text.value, origin, file));
  };
  return { name: origin, read };
}

function refuseMissing(origin: string) {
  const message = `The keys of ${origin} cannot be used`;
  return failed({ code: "keys-unusable", message, cause: "There is no such file" });
}

function configSource(lookup: KeyLookup): KeySource[] {
  const path = sopsKeyFile(lookup);
  return path === undefined ? [] : [fileSource(path, "any")];
}

function ownSources(lookup: KeyLookup): KeySource[] {
  const folder = userConfigFolder(lookup);
  return folder === undefined ? [] : (lookup.configFiles ?? []).map((path) => fileSource(join(folder, path), "own"));
}

function fileSource(path: string, care: "own" | "any"): KeySource {
  const read = async () => {
    const text = await readKeyFile(path, path, care);
    if (!text.ok) return text;
    return ok(text.value === undefined ? undefined : fileText(text.value, path, path));
  };
  return { name: path, read };
}

function fileText(text: string, origin: string, file: string): IdentityText {
  return { text, origin, file, isVariable: false };
}
