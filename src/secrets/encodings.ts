import type { Secret } from "./secret.ts";

/** Encoded forms of shorter values would hide half of every log; the value itself is always hidden. */
const encodedFrom = 4;

/** A line of a longer value (a PEM key) is hidden on its own from this length on: logs are written by lines. */
const lineFrom = 8;

/** The texts in which a secret's value usually appears: as it is, JSON, URL, hexadecimal, base64. */
export function formsOf(secret: Secret): string[] {
  const value = secret.reveal();
  if (value === "") return [];
  const lines = /[\r\n]/.test(value) ? value.split(/\r?\n|\r/).filter((line) => line.length >= lineFrom) : [];
  const forms = [value, ...lines].flatMap((part) => [part, ...(part.length < encodedFrom ? [] : encoded(part))]);
  return [...new Set(forms)];
}

function encoded(value: string): string[] {
  const bytes = Buffer.from(value, "utf8");
  const hex = bytes.toString("hex");
  return [JSON.stringify(value).slice(1, -1), ...urlForms(value), hex, hex.toUpperCase(), ...base64Forms(bytes)];
}

function urlForms(value: string): string[] {
  // A lone surrogate has no URL form.
  const form = encodeURIComponent(value.toWellFormed());
  const strict = form.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [form, strict, strict.replaceAll("%20", "+"), encodeURI(value.toWellFormed())];
  return forms.flatMap((one) => [one, one.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase())]);
}

/**
 * Base64 of the value alone, and of the value inside something longer (`user:password`): that depends on its offset
 * modulo 3. The first and last characters may hold bits of the neighbours and are left out.
 */
function base64Forms(bytes: Buffer): string[] {
  const whole = bytes.toString("base64").replace(/=+$/, "");
  const inside = [0, 1, 2].map((offset) => {
    const padded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    return padded.slice(Math.ceil((offset * 8) / 6), end);
  });
  return [whole, ...inside].flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}
