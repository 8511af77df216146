import { describe, expect, test } from "vitest";
import { encodeBech32 } from "../../src/age/bech32.ts";
import { generateIdentity } from "../../src/age/identity.ts";
import { parseRecipient, showRecipient } from "../../src/age/recipient.ts";

const sshKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1mV0vIkMl0mWlHkZ5wJm7M7sTPUtMxoZPKqp2Gf7ZK me@example";

describe("a recipient", () => {
  test.each(["x25519", "hybrid"] as const)("of a new %s identity is taken, with spaces around it", async (kind) => {
    const { recipient } = await generateIdentity(kind);
    expect(parseRecipient(` ${recipient}\n`)).toEqual({
      ok: true,
      value: { text: recipient, kind, isSupported: true },
    });
  });

  test.each([
    ["ssh", sshKey],
    ["plugin", encodeBech32({ prefix: "age1yubikey", data: Buffer.alloc(33, 7) })],
  ])("that SOPS knows and this library does not is kept, and told to be unsupported: %s", (kind, text) => {
    expect(parseRecipient(text)).toEqual({ ok: true, value: { text, kind, isSupported: false } });
  });

  test("of a hardware key that age itself can encrypt to is supported", () => {
    const text = encodeBech32({ prefix: "age1tag", data: Buffer.alloc(33, 2) });
    expect(parseRecipient(text)).toMatchObject({ ok: true, value: { kind: "tag", isSupported: true } });
  });

  test.each([
    ["another prefix", encodeBech32({ prefix: "bc", data: Buffer.alloc(32) })],
    ["too few bytes", encodeBech32({ prefix: "age", data: Buffer.alloc(31) })],
    ["hybrid with too few bytes", encodeBech32({ prefix: "age1pq", data: Buffer.alloc(32) })],
    ["capitals", encodeBech32({ prefix: "age", data: Buffer.alloc(32) }).toUpperCase()],
    ["half an SSH key", "ssh-rsa"],
    ["nothing", ""],
    ["a name", "alice"],
  ])("is refused: %s", (_, text) => {
    expect(parseRecipient(text)).toMatchObject({ ok: false, failures: [{ code: "recipient-invalid" }] });
  });

  test("that is a private key is refused without being shown", async () => {
    const key = await generateIdentity("x25519");
    const parsed = parseRecipient(key.reveal());
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain(key.reveal().slice(10));
  });

  test("is shown short", async () => {
    const { recipient } = await generateIdentity("hybrid");
    expect(showRecipient(recipient).length).toBeLessThan(50);
    expect(showRecipient("age1short")).toBe("age1short");
  });
});
