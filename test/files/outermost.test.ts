import { expect, test } from "vitest";
import { outermost } from "../../src/files/outermost.ts";

test("of paths in each other the outermost stay, each once and in order", () => {
  expect(outermost(["b.db", "a/b/", "a/", "a/c.db", "ab/", "b.db"])).toEqual(["a/", "ab/", "b.db"]);
  expect(outermost(["a.db", "a.db.old", "a/b.db", "a.db/"])).toEqual(["a.db.old", "a.db/", "a/b.db"]);
});
