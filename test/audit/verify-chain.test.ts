import { expect, test } from "vitest";
import { readExport, toExport } from "../../src/app/audit/export-text.ts";
import { type AuditLog, changesSince, verifyChain } from "../../src/app/audit/verify-chain.ts";
import { auditKeyOf, auditSigner } from "../../src/secrets/audit-key.ts";
import { ProjectKey } from "../../src/secrets/project-key.ts";
import { type AuditHead, type AuditLink, hashOf, headText, linkAfter } from "../../src/store/audit.ts";
import { unwrap } from "../app/ports.ts";

const projectKey = new ProjectKey(Buffer.alloc(32, 1));
const sign = auditSigner(() => projectKey);
const key = auditKeyOf(projectKey);
const forger = auditSigner(() => new ProjectKey(Buffer.alloc(32, 2)));

function chainOf(count: number, change: (number: number) => object = () => ({})): AuditLink[] {
  const links: AuditLink[] = [];
  for (let number = 1; number <= count; number++)
    links.push(
      linkAfter(links.at(-1), { at: number, action: "deploy", reason: `because ${number}`, ...change(number) }),
    );
  return links;
}

function signed(links: readonly AuditLink[], by = sign): AuditLog {
  const { seq, hash } = links.at(-1)!;
  return { links, head: { seq, hash, signed: by(headText({ seq, hash })) } };
}

const whole = signed(chainOf(6));
const { links } = whole;
const edited = (text: string) => text.replace("because 3", "because X");

test("a whole log is proven from its first entry to its head", () => {
  expect(verifyChain(whole, key)).toEqual({ findings: [], proves: { from: 1, to: 6 } });
  expect(verifyChain({ links: [] }, key)).toEqual({ findings: [] });
});

type Tampered = readonly [how: string, log: AuditLog, finding: RegExp, proves?: object];

/** Each way to tamper with a log, what is found, and what stays proven. */
const tampered: readonly Tampered[] = [
  [
    "one field of an entry is edited",
    { ...whole, links: links.map((link) => ({ ...link, entry: edited(link.entry) })) },
    /Entry 3 was changed/,
    { from: 4, to: 6 },
  ],
  [
    "an entry is edited and its digest made anew",
    { ...whole, links: links.with(2, { ...linkAfter(links[1], { at: 3, action: "deploy", reason: "because X" }) }) },
    /Entry 4 .* was not written behind this entry 3/,
    { from: 4, to: 6 },
  ],
  [
    "an entry in the middle is deleted",
    { ...whole, links: links.toSpliced(2, 1) },
    /Entry 3 is missing/,
    { from: 4, to: 6 },
  ],
  [
    "an entry is deleted and the rest renumbered",
    { ...whole, links: links.toSpliced(2, 1).map((link, index) => ({ ...link, seq: index + 1 })) },
    /Entry 3 says that it is entry 4: it was moved/,
  ],
  ["the beginning is cut off", { ...whole, links: links.slice(2) }, /Entries 1 to 2 are missing/, { from: 3, to: 6 }],
  [
    "the end is cut off",
    { ...whole, links: links.slice(0, 4) },
    /Entries 5 to 6 are missing at the end: the log was cut/,
  ],
  ["two entries are swapped", { ...whole, links: swapped(links, 2, 3) }, /Entry 3 is missing.*Entry 3 stands behind/s],
  [
    "two entries are swapped and renumbered",
    { ...whole, links: swapped(links, 2, 3).map((link, index) => ({ ...link, seq: index + 1 })) },
    /Entry 3 says that it is entry 4.*Entry 4 says that it is entry 3/s,
    { from: 5, to: 6 },
  ],
  ["an entry is there twice", { ...whole, links: links.toSpliced(3, 0, links[2]!) }, /Entry 3 stands behind entry 3/],
  [
    "an entry is inserted at the end",
    { ...whole, links: [...links, linkAfter(links.at(-1), { at: 7, action: "approve" })] },
    /Nobody signed for what stands behind entry 6/,
  ],
  [
    "the last entry is exchanged",
    { ...whole, links: links.with(5, linkAfter(links[4], { at: 6, action: "approve" })) },
    /Entry 6 is not the one that was signed for/,
  ],
  [
    "all digests are calculated anew, the head with them, its signature kept",
    { links: forged(), head: { ...signed(forged()).head!, signed: whole.head!.signed! } },
    /The signature of the head .* is wrong/,
  ],
  ["all is made anew and signed with another key", signed(forged(), forger), /signed with another key/],
  [
    "another key's signature is passed off as the project's",
    { links: forged(), head: withKey(signed(forged(), forger).head!) },
    /The signature of the head .* is wrong/,
  ],
  ["the signature is taken away", { links, head: { seq: 6, hash: links[5]!.hash } }, /is not signed/],
  ["the head is taken away", { links }, /The log has no head/],
  ["all entries are taken away", { links: [], head: whole.head! }, /Entries 1 to 6 are missing at the end/],
  [
    "spaces are put into an entry, and its digest made anew",
    signed([linkWith(' {"action":"deploy","at":1,"seq":1,"v":1}')]),
    /Entry 1 was not written by Tidegate/,
  ],
];

for (const [how, log, finding, proves] of tampered)
  test(`it is found when ${how}`, () => {
    const verdict = verifyChain(log, key);
    expect(verdict.findings.join("\n")).toMatch(finding);
    if (proves !== undefined) expect(verdict.proves).toEqual(proves);
  });

test("whoever does not know the key is told that nothing is proven", () => {
  expect(verifyChain(whole, undefined)).toEqual({
    findings: [expect.stringMatching(/Whose key ed25519:.* is, is not known here: nothing is proven/)],
  });
});

test("what was changed or cut before or since an export is found by comparing, also where the whole log was signed anew", () => {
  const later = signed([...links, linkAfter(links.at(-1), { at: 7, action: "deploy" })]);
  expect(changesSince(whole, later)).toEqual([]);
  expect(changesSince(whole, whole)).toEqual([]);
  expect(changesSince(whole, signed(forged()))).toEqual(["Entry 3 is another one than when the log was exported"]);
  expect(changesSince(whole, signed(links.slice(0, 4)))).toEqual([
    "Entries 5 to 6 are missing: they were there when the log was exported",
  ]);
});

test("an export says all of the log, and any byte of it that is changed is found", () => {
  const text = toExport(whole);
  expect(unwrap(readExport(text, "x"))).toEqual(whole);
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === "1" ? "2" : "1";
    const read = readExport(`${text.slice(0, at)}${other}${text.slice(at + 1)}`, "x");
    const isFound = !read.ok || verifyChain(read.value, key).findings.length > 0;
    if (!isFound) throw new Error(`a change of byte ${at} (${text.slice(at - 20, at + 20)}) was not found`);
  }
});

test("an export that is cut anywhere, or whose lines are moved, is none any more", () => {
  const text = toExport(whole);
  const lines = text.split("\n");
  for (let at = 0; at < text.length; at += 7) expect(readExport(text.slice(0, at), "x").ok).toBe(false);
  const without = unwrap(readExport([...lines.slice(0, 2), ...lines.slice(3)].join("\n"), "x"));
  expect(verifyChain(without, key).findings).toEqual([expect.stringMatching(/Entry 3 is missing/)]);
  const moved = unwrap(readExport([...lines.slice(0, 2), lines[3], lines[2], ...lines.slice(4)].join("\n"), "x"));
  expect(verifyChain(moved, key).findings.length).toBeGreaterThan(0);
});

function swapped(all: readonly AuditLink[], one: number, other: number): AuditLink[] {
  return all.with(one, all[other]!).with(other, all[one]!);
}

/** The whole log with entry 3 changed, by somebody who can calculate. */
function forged(): AuditLink[] {
  return chainOf(6, (number) => (number === 3 ? { reason: "because X" } : {}));
}

function withKey(head: AuditHead): AuditHead {
  return { ...head, signed: { ...head.signed!, key } };
}

function linkWith(entry: string): AuditLink {
  return { seq: 1, hash: hashOf(entry), entry };
}
