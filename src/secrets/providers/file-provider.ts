import { relative } from "node:path";
import type { KeyLookup, OpenSops, PlainValue } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { placeFile, type SecretsLayout } from "../files/layout.ts";
import { openSecretsFile } from "../files/open-file.ts";
import { readSecretsFile } from "../files/read-file.ts";
import { toData, topLevel } from "../files/values.ts";
import type { SecretOrigin, SecretProvider, SecretReading, SecretRequest } from "../provider.ts";
import { placeOf } from "./placeholders.ts";
import { readingOf } from "./reading-of.ts";
import { remembered } from "./remembered.ts";

/** Where the files are, and where the keys that open them. */
export interface FileProviderOptions {
  readonly layout: SecretsLayout;
  readonly keys: KeyLookup;
}

/** What there is to know of a place's file. */
type Place =
  | { readonly state: "none"; readonly path: string }
  | {
      readonly state: "open";
      readonly path: string;
      readonly values: ReadonlyMap<string, PlainValue>;
      readonly lines: ReadonlyMap<string, number>;
    }
  /** `has`: its top-level keys, when they are known. */
  | {
      readonly state: "unreadable";
      readonly path?: string;
      readonly failures: readonly Failure[];
      readonly has?: ReadonlySet<string>;
    };

/**
 * Reads secrets from the project's SOPS files, each once: its signature (where the project has a signers file) and its MAC
 * are verified before a value is taken. Top-level keys are config keys. Without a key to open it, what a file
 * has is unreadable; what it has not is missing, which its key names tell.
 */
export function fileProvider({ layout, keys }: FileProviderOptions): SecretProvider {
  const open = remembered((place) => openPlace(layout, keys, place));
  return { read: (requests) => Promise.all(requests.map((request) => readOne(request, layout, open))) };
}

async function readOne(
  request: SecretRequest,
  layout: SecretsLayout,
  open: (place: string) => Promise<Place>,
): Promise<SecretReading> {
  const name = placeOf(request);
  const place = await open(name);
  const option = request.shared ? "" : ` --env ${name}`;
  const missing = {
    state: "missing",
    hint: `Set it in the secrets file: \`tidegate secrets set ${request.key}${option}\`.`,
  } as const;
  if (place.state === "none") return missing;
  if (place.state === "unreadable")
    return place.has?.has(request.key) === false ? missing : unreadable(request, layout, place);
  const line = place.lines.get(request.key);
  const origin: SecretOrigin = { kind: "file", path: place.path, ...(line !== undefined && { line }) };
  const value = place.values.get(request.key);
  return (value === undefined ? undefined : readingOf(toData(value), origin)) ?? missing;
}

function unreadable(
  { key, environment }: SecretRequest,
  { folder }: SecretsLayout,
  { failures, path }: Place & { readonly state: "unreadable" },
): SecretReading {
  const [first, ...others] = failures;
  const isNamed = path === undefined || first!.message.includes(path);
  const from = isNamed ? "" : ` from ${relative(folder, path)}`;
  const message = `The secret ${key} of environment "${environment}" cannot be read${from}: ${first!.message}`;
  // What was wrong with keys that were found: one failure stands for all of them.
  const causes = [first!.cause, ...others.flatMap((other) => [other.message, other.cause])].filter(Boolean);
  const cause = causes.length === 0 ? {} : { cause: causes.join("\n") };
  const origin = path === undefined ? {} : { origin: { kind: "file", path } as const };
  return { state: "unreadable", failure: { ...first!, message, ...cause }, ...origin };
}

async function openPlace(layout: SecretsLayout, keys: KeyLookup, name: string): Promise<Place> {
  const place = placeFile(layout, name);
  if (!place.ok) return { state: "unreadable", failures: place.failures };
  const { path, exists } = place.value;
  if (!exists) return { state: "none", path };
  const stored = await readSecretsFile(path, { layout, place: name, variables: keys.variables });
  if (!stored.ok) return { state: "unreadable", path, failures: stored.failures };
  const opened = await openSecretsFile(stored.value.file, keys);
  if (opened.ok) return { state: "open", path, ...contentOf(opened.value) };
  const has = new Set(stored.value.file.leaves.map((leaf) => String(leaf.path[0])));
  return { state: "unreadable", path, failures: opened.failures, has };
}

function contentOf(open: OpenSops) {
  const lines = new Map<string, number>();
  for (const { path, line } of open.file.leaves) {
    if (line !== undefined && !lines.has(String(path[0]))) lines.set(String(path[0]), line);
  }
  return { values: topLevel(open), lines };
}
