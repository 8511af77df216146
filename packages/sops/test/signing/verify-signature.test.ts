import { beforeAll, describe, expect, test } from "vitest";
import { generateIdentity, Identity } from "../../src/age/identity.ts";
import { checkSignature } from "../../src/signing/check-signature.ts";
import { parseEntry, printEntry } from "../../src/signing/entry.ts";
import type { SignatureFinding } from "../../src/signing/findings.ts";
import type { SignableFile } from "../../src/signing/signable.ts";
import { signFile, verifySignature } from "../../src/signing/signature.ts";
import { findSigner, signerOf } from "../../src/signing/signer.ts";
import { newWriter, now, plainLeaf, sample, secretLeaf, subject, type Writer, withLeaf } from "./sample.ts";

let writer: Writer;
let entry: string;

beforeAll(async () => {
  writer = await newWriter();
  entry = signFile(sample, signerOf(writer.identity, subject), now, 7);
});

function findingsOf(file: SignableFile, text: string | undefined = entry): readonly SignatureFinding[] {
  const verdict = verifySignature(file, text, writer.signers, subject);
  return verdict.state === "refused" ? verdict.findings : [];
}

const kindsOf = (file: SignableFile) => findingsOf(file).map(({ kind }) => kind);

describe("a signature", () => {
  test("holds for the file as it was signed, and names who signed it and when", () => {
    const { publicKey } = signerOf(writer.identity, subject);
    const verdict = verifySignature(sample, entry, writer.signers, subject);
    expect(verdict).toEqual({ state: "valid", signer: "alice", publicKey, at: "2026-03-04T05:06:07Z", counter: 7 });
  });

  test("is the same text each time, and one line that no format has to quote differently", () => {
    expect(signFile(sample, signerOf(writer.identity, subject), now, 7)).toBe(entry);
    expect(entry).toMatch(/^tgsig2\.[\w.:-]+$/);
  });

  test("does not depend on the order in which selectors are written", () => {
    const selectors = Object.fromEntries(Object.entries(sample.selectors).reverse());
    expect(findingsOf({ ...sample, selectors })).toEqual([]);
  });

  test("needs no key to be verified, and none of the writer's keys can be read from it", () => {
    expect(entry).not.toContain(writer.identity.reveal());
  });

  test("of the hybrid identity with the same bytes is another key's", async () => {
    const hybrid = await generateIdentity("hybrid");
    const keys = [
      signerOf(writer.identity, "a"),
      signerOf(hybrid, "a"),
      signerOf(new Identity("hybrid", writer.identity.recipient, writer.identity.reveal(), "new"), "a"),
    ];
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(3);
  });
});

describe("what SOPS's MAC does not protect is refused", () => {
  test("type:bool changed to type:str", () => {
    const changed = withLeaf(1, secretLeaf(["is_admin"], "dHJ1ZQ==", "str"));
    expect(findingsOf(changed)).toEqual([{ kind: "type", path: ["is_admin"], from: "bool", to: "str" }]);
  });

  test("an unencrypted key renamed", () => {
    const changed = withLeaf(2, { path: ["app", "zone_unencrypted"] });
    expect(findingsOf(changed)).toEqual([{ kind: "renamed", path: ["app", "zone_unencrypted"] }]);
  });

  test("an unencrypted list 123, 456 changed to 12, 3456", () => {
    const [, , , first, second] = sample.leaves;
    const leaves = sample.leaves.map((leaf) =>
      leaf === first ? { ...leaf, text: "12" } : leaf === second ? { ...leaf, text: "3456" } : leaf,
    );
    const paths = [0, 1].map((index) => ["numbers_unencrypted", index]);
    const expected = paths.map((path) => ({ kind: "value", path, isEncrypted: false }));
    expect(findingsOf({ ...sample, leaves })).toEqual(expected);
  });

  test.each([
    ["null", plainLeaf(["extra"], "", "null")],
    ["an empty text", plainLeaf(["extra"], "")],
    ["an empty list", plainLeaf(["extra"], "", "list")],
  ])("an added entry: %s", (_, leaf) => {
    expect(findingsOf({ ...sample, leaves: [...sample.leaves, leaf] })).toEqual([{ kind: "added", path: ["extra"] }]);
  });

  test("an added comment", () => {
    const comments = [...sample.comments, { path: ["app"], position: 2, text: " trust me" }];
    expect(kindsOf({ ...sample, comments })).toEqual(["comments"]);
  });

  test("the whole file replaced by one for the same recipients", () => {
    const recipients = sample.recipients.map((one) => ({ ...one, wrap: `${one.wrap} anew` }));
    const leaves = sample.leaves.map((leaf) =>
      leaf.isEncrypted ? { ...leaf, text: `${leaf.text.slice(0, 22)}QUFB]` } : leaf,
    );
    expect(kindsOf({ ...sample, leaves, recipients, mac: "another" })).toEqual(["replaced"]);
    expect(kindsOf({ ...sample, leaves: [plainLeaf(["a"], "1")], recipients, mac: "another" })).toEqual(["replaced"]);
  });

  test("the signed file of one environment put in the place of another's", () => {
    const verdict = verifySignature(sample, entry, writer.signers, "staging.yaml");
    expect(verdict).toMatchObject({ state: "refused", findings: [{ kind: "moved" }], signer: "alice" });
  });
});

describe("every other change is refused as well, by its kind", () => {
  const [first, ...rest] = sample.leaves;
  const [alice, bob, kms] = sample.recipients;

  test.each<[string, SignableFile, SignatureFinding[]]>([
    ["a removed entry", { ...sample, leaves: rest }, [{ kind: "removed" }]],
    [
      "the last entry removed",
      { ...sample, leaves: sample.leaves.slice(0, -1) },
      [{ kind: "removed", after: ["list", 0] }],
    ],
    [
      "an encrypted value",
      withLeaf(0, secretLeaf(["password"], "AAAA")),
      [{ kind: "value", path: ["password"], isEncrypted: true }],
    ],
    [
      "a value that is plain now",
      withLeaf(0, plainLeaf(["password"], "x")),
      [{ kind: "encryption", path: ["password"], isEncrypted: false }],
    ],
    ["another order", { ...sample, leaves: [...rest, first!] }, [{ kind: "reordered" }]],
    ["another selector", { ...sample, selectors: { encrypted_regex: "^data$" } }, [{ kind: "selectors" }]],
    ["another format", { ...sample, format: "json" }, [{ kind: "format" }]],
    ["another date", { ...sample, lastmodified: "2026-03-04T05:06:08Z" }, [{ kind: "date-or-mac" }]],
    ["another MAC", { ...sample, mac: "ENC[x]" }, [{ kind: "date-or-mac" }]],
    ["a removed comment", { ...sample, comments: [] }, [{ kind: "comments" }]],
    [
      "an added recipient",
      { ...sample, recipients: [alice!, bob!, kms!, { group: 0, kind: "age", id: "age1eve", wrap: "w" }] },
      [{ kind: "recipient-added", recipient: "age1eve" }],
    ],
    ["a removed recipient", { ...sample, recipients: [alice!, kms!] }, [{ kind: "recipient-removed" }]],
    [
      "a data key wrapped anew for one recipient",
      { ...sample, recipients: [alice!, { ...bob!, wrap: "else" }, kms!] },
      [{ kind: "rewrapped", recipient: "age1bob" }],
    ],
    ["recipients in another order", { ...sample, recipients: [bob!, alice!, kms!] }, [{ kind: "unknown" }]],
    [
      "a recipient in another group",
      { ...sample, recipients: [alice!, bob!, { ...kms!, group: 1 }] },
      [{ kind: "recipient-added", recipient: kms!.id }, { kind: "recipient-removed" }],
    ],
    ["a moved comment", { ...sample, comments: [{ ...sample.comments[0]!, position: 4 }] }, [{ kind: "unknown" }]],
  ])("%s", (_, file, findings) => {
    expect(findingsOf(file)).toEqual(findings);
  });

  test("a list index is not the key of the same text, and a path is not a longer one cut elsewhere", () => {
    const one = { ...sample, leaves: [plainLeaf(["a", 0], "x"), plainLeaf(["b", "c"], "y")] };
    const signed = signFile(one, signerOf(writer.identity, subject), now, 7);
    for (const path of [["a", "0"], ["a"], ["a", 0, ""]]) {
      const other = { ...one, leaves: [plainLeaf(path, "x"), one.leaves[1]!] };
      expect(findingsOf(other, signed)).not.toEqual([]);
    }
    expect(findingsOf({ ...one, leaves: [one.leaves[0]!, plainLeaf(["b.c"], "y")] }, signed)).not.toEqual([]);
  });

  test("text that is not well-formed is told apart from what replaces it", () => {
    const odd = withLeaf(2, { text: "\ud800" });
    const signed = signFile(odd, signerOf(writer.identity, subject), now, 7);
    expect(findingsOf(odd, signed)).toEqual([]);
    expect(findingsOf(withLeaf(2, { text: "\ufffd" }), signed)).toHaveLength(1);
  });
});

describe("an entry that is no signature of this file's writers", () => {
  test("a missing one is unsigned", () => {
    const verdict = verifySignature(sample, undefined, writer.signers, subject);
    expect(verdict).toEqual({ state: "refused", findings: [{ kind: "unsigned" }] });
  });

  test("one of somebody who is not in the signers file is refused with the key", async () => {
    const stranger = await newWriter("eve");
    const signer = signerOf(stranger.identity, subject);
    const findings = findingsOf(sample, signFile(sample, signer, now, 7));
    expect(findings).toEqual([{ kind: "unknown-signer", publicKey: signer.publicKey }]);
  });

  test("one that names another's key is forged", async () => {
    const stranger = await newWriter("eve");
    const { publicKey } = signerOf(writer.identity, subject);
    const forged = signFile(sample, { ...signerOf(stranger.identity, subject), publicKey }, now, 7);
    expect(findingsOf(sample, forged)).toEqual([{ kind: "forged", signer: "alice" }]);
  });

  test("every single changed character of it is refused", () => {
    for (let at = 0; at < entry.length; at++) {
      const other = entry[at] === "A" ? "B" : "A";
      expect(findingsOf(sample, entry.slice(0, at) + other + entry.slice(at + 1)), `at ${at}`).not.toEqual([]);
    }
  });

  test("what was cut off or added is refused", () => {
    for (const text of [
      "",
      "tgsig1",
      "tgsig2",
      entry.slice(0, -1),
      `${entry}A`,
      ` ${entry}`,
      `${entry}\n`,
      entry.toUpperCase(),
    ]) {
      expect(findingsOf(sample, text)).toEqual([{ kind: "malformed" }]);
    }
  });

  test("its outline cannot be exchanged to hide what was changed", () => {
    const changed = withLeaf(2, { path: ["other_unencrypted"] });
    const stranger = parseEntry(signFile(changed, signerOf(writer.identity, subject), now, 7))!;
    const mixed = printEntry({ ...parseEntry(entry)!, outline: stranger.outline });
    expect(findingsOf(changed, mixed)).toEqual([{ kind: "forged", signer: "alice" }]);
  });
});

describe("the failure", () => {
  test("says which file, what kind of change, who signed it and what to do, and no value", () => {
    const changed = withLeaf(2, { path: ["app", "zone_unencrypted"], text: "eu" });
    const checked = checkSignature("/project/secrets/production.yaml", changed, entry, writer.signers);
    expect(checked.ok).toBe(false);
    if (checked.ok) return;
    expect(checked.failures).toEqual([
      {
        code: "signature-wrong",
        file: "/project/secrets/production.yaml",
        message: "/project/secrets/production.yaml is not as it was signed",
        cause: "An entry was renamed to app.zone_unencrypted\nIt was signed by alice",
        hint: expect.stringContaining("git log -p -- /project/secrets/production.yaml"),
      },
    ]);
  });

  test("is short when everything was changed", () => {
    const leaves = Array.from({ length: 5000 }, (_, index) => plainLeaf([`key${index}`], String(index)));
    const checked = checkSignature("/project/secrets/production.yaml", { ...sample, leaves }, entry, writer.signers);
    expect(!checked.ok && checked.failures[0]?.cause?.split("\n").length).toBeLessThan(13);
  });
});

describe("who signs", () => {
  test("is the first identity that the signers file has", async () => {
    const other = await generateIdentity("x25519");
    const found = findSigner([other, writer.identity], writer.signers, "/project/secrets/production.yaml");
    expect(found).toMatchObject({ ok: true, value: { subject: "production.yaml" } });
  });

  test("nobody who is not in it; the failure has the line to add", async () => {
    const other = await generateIdentity("x25519");
    const found = findSigner([other], writer.signers, "/project/secrets/production.yaml");
    const { publicKey } = signerOf(other, "");
    expect(!found.ok && found.failures[0]).toMatchObject({ code: "no-signing-key" });
    expect(!found.ok && found.failures[0]?.hint).toContain(`NAME ${other.recipient} ${publicKey}`);
  });
});
