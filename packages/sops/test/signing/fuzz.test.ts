import { expect, test } from "vitest";
import { parseEntry } from "../../src/signing/entry.ts";
import type { SignableFile, SignableLeaf } from "../../src/signing/signable.ts";
import { signFile, verifySignature } from "../../src/signing/signature.ts";
import { signerOf } from "../../src/signing/signer.ts";
import { parseSigners } from "../../src/signing/signers-file.ts";
import { fuzzRuns, type Random, randomOf } from "../fuzz.ts";
import { newWriter, now, plainLeaf, sample, secretLeaf, subject } from "./sample.ts";

function randomLeaf(random: Random): SignableLeaf {
  const path = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(["a", "b", "", "a.b", "\ud800", "__proto__", 0, 1]),
  );
  const make = random.pick([plainLeaf, secretLeaf]);
  return make(path, random.text(["x", "y", "", ","], 3), random.pick(["str", "int", "null", "odd"]));
}

/** One part of the file is another; the result is never equal to the file. */
function mutate(file: SignableFile, random: Random): SignableFile {
  const leaves = [...file.leaves];
  const at = random.below(leaves.length);
  const leaf = leaves[at]!;
  const kind = random.below(6);
  if (kind === 0) leaves.splice(at, 1);
  if (kind === 1) leaves.splice(at, 0, randomLeaf(random));
  if (kind === 2) leaves[at] = { ...leaf, path: [...leaf.path, "z"] };
  if (kind === 3) leaves[at] = { ...leaf, isEncrypted: !leaf.isEncrypted };
  if (kind === 4) leaves[at] = { ...leaf, text: `${leaf.text}~` };
  if (kind === 5) leaves[at] = { ...leaf, type: leaf.type === "str" ? "int" : "str" };
  return { ...file, leaves };
}

test("no changed file is taken for the signed one, and each is told by at least one finding", async () => {
  const { identity, signers } = await newWriter();
  const random = randomOf("signed files");
  for (let run = 0; run < fuzzRuns(300); run++) {
    const file = { ...sample, leaves: Array.from({ length: 1 + random.below(6) }, () => randomLeaf(random)) };
    const entry = signFile(file, signerOf(identity, subject), now, 7);
    expect(verifySignature(file, entry, signers, subject).state).toBe("valid");
    const verdict = verifySignature(mutate(file, random), entry, signers, subject);
    expect(verdict.state === "refused" && verdict.findings.length).toBeGreaterThan(0);
  }
});

test("any text is an entry or none, and any text is a signers file or a list of problems", async () => {
  const { identity, signers } = await newWriter();
  const { publicKey } = signerOf(identity, subject);
  const random = randomOf("entries");
  const pieces = [
    "tgsig2.",
    "2026-01-01T00:00:00Z.",
    "3.",
    `${publicKey}.`,
    "A".repeat(86),
    ".",
    "AAAA",
    "-",
    "_",
    "\n",
    "é",
  ];
  const words = ["alice", " ", "\n", "#", "\t", identity.recipient, publicKey, "\ud800", "\r", "__proto__", "age1"];
  for (let run = 0; run < fuzzRuns(2000); run++) {
    const text = random.text(pieces, 10);
    parseEntry(text);
    expect(verifySignature(sample, text, signers, subject).state).toBe("refused");
    const parsed = parseSigners("/project/signers", random.text(words, 14));
    if (!parsed.ok) expect(parsed.failures.every(({ location }) => location!.line > 0)).toBe(true);
  }
});
