import { describe, expect, test } from "vitest";
import { generateIdentity } from "../../src/age/identity.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { parseSigners, withoutSigner, withSigner } from "../../src/signing/signers-file.ts";

const path = "/project/secrets/signers";

async function newEntry(name: string, kind: "x25519" | "hybrid" = "x25519") {
  const identity = await generateIdentity(kind);
  return { name, recipient: identity.recipient, publicKey: signerOf(identity, "").publicKey };
}

describe("the signers file", () => {
  test("gets signers one by one, keeps what else is in it, and gives them back", async () => {
    const [alice, bob, eve] = [
      await newEntry("alice"),
      await newEntry("bob", "hybrid"),
      await newEntry("zoë.müller@x"),
    ];
    let text = withSigner(undefined, alice);
    text = withSigner(`${text}\n# the others\n`, bob);
    text = withSigner(text.trimEnd(), eve);
    const parsed = parseSigners(path, text);
    expect(parsed.ok && parsed.value.entries).toMatchObject([alice, bob, eve]);
    const entry = parsed.ok ? parsed.value.entries[1]! : undefined;
    const without = withoutSigner(text, entry!);
    expect(without).toContain("# the others\n");
    expect(parseSigners(path, without)).toMatchObject({ ok: true, value: { entries: [alice, eve] } });
    expect(without.length).toBe(text.length - Object.values(bob).join(" ").length - 1);
  });

  test("with Windows line endings is the same", async () => {
    const text = withSigner(withSigner("", await newEntry("a")), await newEntry("b")).replaceAll("\n", "\r\n");
    expect(parseSigners(path, text)).toMatchObject({ ok: true, value: { entries: [{ name: "a" }, { name: "b" }] } });
  });

  test("tells all its problems at once, each with its line", async () => {
    const good = await newEntry("alice");
    const line = `alice ${good.recipient} ${good.publicKey}`;
    const lines = [
      line,
      "bob",
      `bob ${good.recipient} ${good.publicKey} extra`,
      `b/b ${good.recipient} ${good.publicKey}`,
      `bob ${good.recipient.slice(0, -1)}q ${good.publicKey}`,
      `bob ${good.recipient} ${good.publicKey.slice(0, -1)}b`,
      line,
      `carol ${good.recipient} ${good.publicKey}`,
    ];
    const parsed = parseSigners(path, lines.join("\n"));
    expect(!parsed.ok && parsed.failures.map(({ location }) => location?.line)).toEqual([2, 3, 4, 5, 6, 7, 8]);
    expect(
      !parsed.ok &&
        parsed.failures.every(({ code }) => ["signers-invalid", "recipient-invalid", "private-key"].includes(code)),
    ).toBe(true);
  });

  test("refuses a private key without showing it", async () => {
    const identity = await generateIdentity("x25519");
    const text = `bob ${identity.reveal()} ${signerOf(identity, "").publicKey}`;
    const parsed = parseSigners(path, text);
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain(identity.reveal());
  });
});
