import { createCipheriv } from "node:crypto";
import { expect, test } from "vitest";
import { decryptValue, encryptValue, parseEncrypted } from "../../src/file/cipher.ts";
import type { Plain } from "../../src/text/plain.ts";

const key = Buffer.alloc(32, 7);

test("a value that is decrypted and encrypted again with its nonce is the same to the byte", () => {
  const plains: Plain[] = [
    { type: "str", text: "hällo 🔐" },
    { type: "int", text: "-42" },
    { type: "float", text: "0.00000015" },
    { type: "bool", text: "True" },
    { type: "time", text: "2020-01-01T00:00:00.5+02:00" },
    { type: "comment", text: " a comment" },
    { type: "str", text: "\ufffd\0\ufffd", bytes: Buffer.of(255, 0, 254) },
  ];
  for (const plain of plains) {
    const stored = encryptValue(plain, key, "a:b:");
    const value = parseEncrypted(stored)!;
    expect(value.iv).toHaveLength(32);
    const back = decryptValue(value, key, "a:b:")!;
    expect(back.text).toBe(plain.text);
    expect(encryptValue(back, key, "a:b:", value.iv)).toBe(stored);
  }
});

test("nonces are never the same unless asked for", () => {
  const nonces = Array.from({ length: 100 }, () =>
    parseEncrypted(encryptValue({ type: "str", text: "x" }, key, "a:"))!.iv.toString("hex"),
  );
  expect(new Set(nonces).size).toBe(100);
});

test("a nonce of 12 bytes is read, too", () => {
  const cipher = createCipheriv("aes-256-gcm", key, Buffer.alloc(12, 1)).setAAD(Buffer.from("a:"));
  const data = Buffer.concat([cipher.update("hi"), cipher.final()]).toString("base64");
  const stored = `ENC[AES256_GCM,data:${data},iv:${Buffer.alloc(12, 1).toString("base64")},tag:${cipher.getAuthTag().toString("base64")},type:str]`;
  expect(decryptValue(parseEncrypted(stored)!, key, "a:")).toEqual({ type: "str", text: "hi" });
});

test("another key, another path, another type than fits, and damaged strings are refused", () => {
  const stored = encryptValue({ type: "str", text: "x" }, key, "a:");
  const value = parseEncrypted(stored)!;
  expect(decryptValue(value, Buffer.alloc(32), "a:")).toBeUndefined();
  expect(decryptValue(value, key, "b:")).toBeUndefined();
  expect(decryptValue({ ...value, type: "int" }, key, "a:")).toBeUndefined();
  expect(decryptValue({ ...value, type: "toString" }, key, "a:")).toBeUndefined();
  for (const bad of [
    "",
    "ENC[]",
    stored.slice(0, -1),
    stored.replace("iv:", "iv:!"),
    `${stored}x`,
    stored.replace(/tag:[^,]*/, "tag:AAAA"),
  ]) {
    expect(parseEncrypted(bad)).toBeUndefined();
  }
});

test("what Go prints again is what counts: numbers and booleans as they are normalised there", () => {
  const read = (type: string, text: string) => {
    const stored = encryptValue({ type: "str", text }, key, "a:").replace("type:str", `type:${type}`);
    return decryptValue(parseEncrypted(stored)!, key, "a:")?.text;
  };
  expect(read("int", "007")).toBe("7");
  expect(read("int", "9223372036854775808")).toBeUndefined();
  expect(read("float", "1e3")).toBe("1000");
  expect(read("float", "+inf")).toBe("+Inf");
  expect(read("bool", "true")).toBe("True");
  expect(read("bool", "0")).toBe("False");
  expect(read("bool", "yes")).toBeUndefined();
  expect(read("time", "2020-01-01")).toBeUndefined();
});
