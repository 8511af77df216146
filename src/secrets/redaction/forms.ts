import type { Secret } from "../secret.ts";
import { base64Forms, base64UrlForms } from "./encodings/base64.ts";
import { jsonForms, plainJson } from "./encodings/json.ts";
import { markupForms } from "./encodings/markup.ts";
import { powerShellForms, shellForms } from "./encodings/shell.ts";
import { urlForms } from "./encodings/url.ts";
import { partsOf } from "./parts.ts";

/** How a text was written: `json in base64` is the base64 of its JSON. */
export type EncodingName =
  | "plain"
  | "json"
  | "url"
  | "hex"
  | "base64"
  | "base64url"
  | "xml"
  | "shell"
  | "powershell"
  | "utf-16"
  | "utf-16 in base64"
  | "json in json"
  | "json in base64"
  | "json in xml"
  | "json in url"
  | "base64 in url";

/** Bytes by which a secret is recognised. */
export interface Form {
  readonly bytes: Uint8Array;
  readonly encoding: EncodingName;
  readonly part: "whole" | "line" | "scalar";
}

/** Encoded forms of shorter values would hide half of every log; the value itself is always hidden. */
const encodedFrom = 4;

const known = new WeakMap<Secret, readonly Form[]>();

/**
 * The bytes in which a secret's value usually appears, each once, under the first name that it has. Empty values have
 * none.
 */
export function formsOf(secret: Secret): readonly Form[] {
  const forms = known.get(secret) ?? makeForms(secret.reveal());
  known.set(secret, forms);
  return forms;
}

function makeForms(value: string): Form[] {
  const forms = new Map<string, Form>();
  for (const { text, kind } of partsOf(value)) {
    for (const [encoding, bytes] of text.length < encodedFrom ? plain(text) : encoded(text)) {
      const identity = bytes.toString("latin1");
      if (bytes.length > 0 && !forms.has(identity)) forms.set(identity, { bytes, encoding, part: kind });
    }
  }
  return [...forms.values()];
}

type Named = readonly [EncodingName, Buffer];

function plain(text: string): Named[] {
  return [["plain", Buffer.from(text, "utf8")]];
}

function encoded(text: string): Named[] {
  const bytes = Buffer.from(text, "utf8");
  const wide = Buffer.from(text, "utf16le");
  const json = plainJson(text);
  const jsonBytes = Buffer.from(json, "utf8");
  const base64 = base64Forms(bytes);
  return [
    ...plain(text),
    ...named("json", jsonForms(text)),
    ...named("url", urlForms(text)),
    ...named("hex", hexForms(bytes)),
    ...named("base64", base64),
    ...named("base64url", base64UrlForms(bytes)),
    ...named("xml", markupForms(text)),
    ...named("shell", shellForms(text)),
    ...named("powershell", powerShellForms(text)),
    ["utf-16", wide],
    ...named("utf-16 in base64", base64Forms(wide)),
    ...named("json in json", jsonForms(json)),
    ...named("json in base64", [...base64Forms(jsonBytes), ...base64UrlForms(jsonBytes)]),
    ...named("json in xml", markupForms(json)),
    ...named("json in url", urlForms(json)),
    ...named("base64 in url", base64.flatMap(urlForms)),
  ];
}

function named(encoding: EncodingName, texts: readonly string[]): Named[] {
  return [...new Set(texts)].map((text) => [encoding, Buffer.from(text, "utf8")]);
}

/** Hexadecimal in both cases. */
function hexForms(bytes: Buffer): string[] {
  const hex = bytes.toString("hex");
  return [hex, hex.toUpperCase()];
}
