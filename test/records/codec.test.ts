import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { type Codec, codec } from "../../src/records/codec.ts";

interface Note {
  readonly text: string;
  readonly mood: { readonly kind: "calm" } | { readonly kind: "loud"; readonly decibels: number };
}

/** Version 0 had no mood, version 1 had its name alone. */
const notes: Codec<Note> = codec({
  version: 2,
  schema: v.strictObject({
    text: v.string(),
    mood: v.variant("kind", [
      v.strictObject({ kind: v.literal("calm") }),
      v.strictObject({ kind: v.literal("loud"), decibels: v.number() }),
    ]),
  }),
  upgrades: [(older) => ({ ...older, mood: "calm" }), ({ mood, ...older }) => ({ ...older, mood: { kind: mood } })],
});

const note: Note = { text: "hello", mood: { kind: "loud", decibels: 90 } };
const read = (document: unknown) => notes.decode(document, "The note");

describe("promise 21: a record", () => {
  test("comes back as it was written, through JSON", () => {
    expect(read(JSON.parse(JSON.stringify(notes.encode(note))))).toEqual({ ok: true, value: note });
  });

  test.each([
    ["of before there were versions", { text: "hello" }],
    ["of the version before", { v: 1, text: "hello", mood: "calm" }],
  ])("%s is upgraded", (_, document) => {
    expect(read(document)).toEqual({ ok: true, value: { text: "hello", mood: { kind: "calm" } } });
  });

  test.each([
    ["of a newer version", { v: 3, text: "hello", tone: 1 }, "It has version 3; this Tidegate knows version 2."],
    ["with a field that is not known", { ...notes.encode(note), author: "Ada" }, "Unknown here:\nauthor"],
    ["with a variant that is not known", { v: 2, text: "hello", mood: { kind: "odd" } }, 'mood.kind "odd"'],
    [
      "with a field of a variant that is not known",
      { v: 2, text: "hello", mood: { kind: "calm", since: 1 } },
      "mood.since",
    ],
  ])("%s is refused as newer", (_, document, cause) => {
    const refused = read(document);
    expect(refused).toMatchObject({
      failures: [{ code: "state-newer", message: "The note was written by a newer Tidegate" }],
    });
    expect(refused.ok ? "" : refused.failures[0]?.cause).toContain(cause);
  });

  test.each([
    ["that is no document", "hello"],
    ["that is nothing", null],
    ["that is a list", []],
    ["with an impossible version", { ...notes.encode(note), v: -1 }],
    ["with a version that is no number", { ...notes.encode(note), v: "2" }],
    ["with a missing field", { v: 2, text: "hello" }],
    ["with a field of another type", { v: 2, text: 7, mood: { kind: "calm" } }],
    ["with a variant without a name", { v: 2, text: "hello", mood: {} }],
  ])("%s is refused as damaged", (_, document) => {
    expect(read(document)).toMatchObject({
      failures: [{ code: "state-damaged", message: "The note cannot be read" }],
    });
  });

  test("that is damaged does not show what stands in it", () => {
    const refused = read({ v: 2, text: { password: "hunter2" }, mood: { kind: "calm" } });
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
});
