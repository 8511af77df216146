import { appendFileSync, copyFileSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { Reclaimer } from "../../src/drivers/local/reclaim.ts";
import { readNote, writeNote } from "../../src/drivers/local/spool-note.ts";
import { takeOver } from "../../src/drivers/local/take-over.ts";
import { createByteRedactor } from "../../src/secrets/redaction/byte-redactor.ts";
import { redactText } from "../../src/secrets/redaction/redact.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually, temporaryFolder } from "../process/support.ts";

const secrets = [
  new Secret("abcdefabcdef"),
  new Secret("first line of it\nsecond line of it"),
  new Secret("größer-als-🌊"),
];
const redactor = createByteRedactor(secrets);
let folder: string;
let spool: string;

beforeEach(() => {
  folder = temporaryFolder();
  spool = join(folder, "spool");
  writeFileSync(spool, "");
  writeNote(folder, { version: 1, nonce: "0-0", hasSecrets: true, read: 0, written: 0, isWithheld: false });
});

const take = (isOver = false) => takeOver({ spool, folder, redactor, limitBytes: 1_000_000, isOver });
const log = () => readFileSync(join(folder, "output.log"), "utf8");

/** Numbers from 0 to 1, always the same ones for a seed. */
function random(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function someText(next: () => number): string {
  const words = [
    "abcdef",
    "abcdefabcdefabcdef",
    "\n",
    "first line of it",
    "second line of it",
    "größer-als-🌊",
    "ü",
    "🌊",
    " x",
  ];
  return Array.from({ length: 200 }, () => words[Math.floor(next() * words.length)]).join("");
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))(
  "in whatever pieces it is written, and whenever the taker is killed, the log is the redacted text (seed %i)",
  (seed) => {
    const next = random(seed);
    const text = someText(next);
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; ) {
      const length = 1 + Math.floor(next() * 40);
      appendFileSync(spool, bytes.subarray(at, at + length));
      at += length;
      copyFileSync(join(folder, "output.json"), join(folder, "before"));
      take();
      // Killed after the log was written and before that was noted, maybe in the middle of writing.
      if (next() < 0.3) copyFileSync(join(folder, "before"), join(folder, "output.json"));
      if (next() < 0.1) appendFileSync(join(folder, "output.log"), "half of someth");
      const shown = statSync(join(folder, "output.log"), { throwIfNoEntry: false }) ? log() : "";
      for (const secret of secrets) expect(shown).not.toContain(secret.reveal());
    }
    take(true);
    const marks = (shown: string) => shown.replaceAll(/(\[secret\])+/g, "[secret]");
    expect(marks(log())).toBe(marks(redactText(text, secrets)));
  },
);

test("bytes that are no text come to the log as they are", () => {
  const bytes = Buffer.from([0xff, 0x00, 0x61, 0xc3, 0x28, 0xf0, 0x9f, 0x0a]);
  writeFileSync(spool, bytes);
  take();
  expect(readFileSync(join(folder, "output.log"))).toEqual(bytes);
});

test("a spool that has become shorter is read from its beginning", () => {
  writeFileSync(spool, "a long first part\n");
  take();
  writeFileSync(spool, "anew\n");
  take();
  expect(log()).toBe("a long first part\nanew\n");
});

test("a log that somebody removed begins anew, and one that is put aside loses nothing", () => {
  const line = `${"x".repeat(999)}\n`;
  writeFileSync(spool, line);
  take();
  rmSync(join(folder, "output.log"));
  for (let round = 0; round < 3; round++) {
    appendFileSync(spool, line.repeat(600));
    take();
  }
  expect(readFileSync(join(folder, "output.log.1"), "utf8").length + log().length).toBe(1_800_000);
});

test.each([
  ["", "a note that is empty"],
  ['{"version":1}', "half a note"],
  [`{"nonce":"../../x"}`, "a hostile one"],
])("%j is no note: nothing is taken over", (text) => {
  writeFileSync(join(folder, "output.json"), text);
  expect(take()).toBeUndefined();
});

test("neither a spool nor a log is followed through a link", () => {
  const elsewhere = join(folder, "elsewhere");
  writeFileSync(elsewhere, "private");
  rmSync(spool);
  symlinkSync(elsewhere, spool);
  expect(() => take()).toThrow(/ELOOP/);
  rmSync(spool);
  writeFileSync(spool, "text");
  symlinkSync(elsewhere, join(folder, "output.log"));
  expect(() => take()).toThrow(/ELOOP/);
  expect(readFileSync(elsewhere, "utf8")).toBe("private");
});

describe("space is given back", () => {
  const megabyte = "y".repeat(1024 * 1024);
  const takeAll = (reclaimer: Reclaimer) => {
    for (let taken = take(); taken !== undefined; taken = take()) {
      reclaimer.reclaim(spool, folder, taken.read);
      if (!taken.isMore) return;
    }
  };

  test.runIf(process.platform === "linux")("by a hole, so that what is written meanwhile is not lost", async () => {
    const reclaimer = new Reclaimer();
    for (let n = 0; n < 6; n++) appendFileSync(spool, megabyte);
    takeAll(reclaimer);
    appendFileSync(spool, "written meanwhile\n");
    await eventually(() => expect(statSync(spool).blocks * 512).toBeLessThan(2 * 1024 * 1024));
    takeAll(reclaimer);
    expect(log().endsWith("written meanwhile\n")).toBe(true);
    expect(readNote(folder)?.read).toBe(statSync(spool).size);
  });

  test.each([
    ["where there are no holes", new Reclaimer("fallocate", "darwin")],
    ["where the tool for holes is missing", new Reclaimer("no-such-tool-anywhere")],
  ])("by cutting a large spool that is read, %s", async (_, reclaimer) => {
    for (let n = 0; n < 18; n++) appendFileSync(spool, megabyte);
    takeOver({ spool, folder, redactor, limitBytes: 100_000_000, isOver: false });
    await eventually(() => {
      takeAll(reclaimer);
      reclaimer.reclaim(spool, folder, readNote(folder)!.read);
      expect(statSync(spool).size).toBe(0);
    });
    appendFileSync(spool, "and on\n");
    takeAll(reclaimer);
    expect(log().endsWith("yand on\n")).toBe(true);
  });
});
