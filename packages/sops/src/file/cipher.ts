import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { isBase64 } from "../text/base64.ts";
import { readRfc3339 } from "../text/go-time.ts";
import { bytesOf, fitsInt64, formatFloat, type Plain, plainBytes } from "../text/plain.ts";

/**
 * `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`: AES-256-GCM with a nonce of 32 bytes, the key path as associated data.
 * Source: getsops/sops `aes/cipher.go`.
 */
export interface EncryptedValue {
  readonly data: Buffer;
  readonly iv: Buffer;
  readonly tag: Buffer;
  readonly type: string;
}

const pattern = /^ENC\[AES256_GCM,data:([^,\s]+),iv:([^,\s]+),tag:([^,\s]+),type:([a-z]+)\]$/;
const nonceLength = 32;
const tagLength = 16;

/** Undefined when it is not a value string of SOPS. An encrypted value is never empty: SOPS leaves that as it is. */
export function parseEncrypted(stored: string): EncryptedValue | undefined {
  if (!stored.startsWith("ENC[")) return undefined;
  const [, data = "", iv = "", tag = "", type = ""] = pattern.exec(stored) ?? [];
  if (type === "" || ![data, iv, tag].every(isBase64)) return undefined;
  const [dataBytes, ivBytes, tagBytes] = [data, iv, tag].map((part) => Buffer.from(part, "base64"));
  if (dataBytes === undefined || ivBytes === undefined || tagBytes?.length !== tagLength) return undefined;
  return { data: dataBytes, iv: ivBytes, tag: tagBytes, type };
}

/** Undefined when the key, the path or a byte is another one, or the type does not fit what was decrypted. */
export function decryptValue(value: EncryptedValue, key: Uint8Array, aad: string): Plain | undefined {
  const bytes = openValue(value, key, aad);
  return bytes === undefined ? undefined : typed(value.type, bytes);
}

function openValue(value: EncryptedValue, key: Uint8Array, aad: string): Buffer | undefined {
  const decipher = createDecipheriv("aes-256-gcm", key, value.iv, { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(aad, "utf8")).setAuthTag(value.tag);
  try {
    return Buffer.concat([decipher.update(value.data), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** As Go reads the decrypted text and prints it again: what is hashed need not be what was encrypted. */
function typed(type: string, bytes: Buffer): Plain | undefined {
  const text = bytes.toString("latin1");
  switch (type) {
    case "str":
    case "bytes":
    case "comment":
      return plainBytes(type, bytes);
    case "int":
      return /^[+-]?\d{1,20}$/.test(text) ? int(BigInt(text.replace(/^\+/, ""))) : undefined;
    case "float":
      return float(text);
    case "bool":
      return bool(text);
    case "time": {
      const time = readRfc3339(text);
      return time === undefined ? undefined : { type, text: time };
    }
    default:
      return undefined;
  }
}

function int(value: bigint): Plain | undefined {
  return fitsInt64(value) ? { type: "int", text: `${value}` } : undefined;
}

function float(text: string): Plain | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    const word = special[2]?.toLowerCase() === "nan" ? "NaN" : `${special[1] === "-" ? "-" : "+"}Inf`;
    return { type: "float", text: word };
  }
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? { type: "float", text: formatFloat(value) } : undefined;
}

function bool(text: string): Plain | undefined {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return { type: "bool", text: "True" };
  if (["0", "f", "F", "false", "FALSE", "False"].includes(text)) return { type: "bool", text: "False" };
  return undefined;
}

/**
 * @param iv The nonce of the same plaintext at the same path under the same key; any other use of it would give away
 *   both plaintexts.
 */
export function encryptValue(plain: Plain, key: Uint8Array, aad: string, iv: Uint8Array = randomBytes(nonceLength)) {
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(aad, "utf8"));
  const data = Buffer.concat([cipher.update(bytesOf(plain)), cipher.final()]).toString("base64");
  const nonce = Buffer.from(iv).toString("base64");
  return `ENC[AES256_GCM,data:${data},iv:${nonce},tag:${cipher.getAuthTag().toString("base64")},type:${plain.type}]`;
}
