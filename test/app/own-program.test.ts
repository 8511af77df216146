import { expect, test } from "vitest";
import { ownProgram } from "../../src/app/doctor/own-program.ts";

test("doctor says where Tidegate runs from, and why it has no copy of its own", () => {
  const of = (folder: string) => ownProgram({ folder, caches: "/home/a/.cache", version: "1.0.0" });
  expect(of("/home/a/.cache/tidegate/program/abc/dist")).toMatchObject({
    state: "good",
    detail: expect.stringMatching(/own verified copy/),
  });
  expect(of("/home/a/tidegate/dist")).toMatchObject({
    state: "good",
    detail: expect.stringMatching(/a clone is not copied/),
  });
  expect(of("/srv/app/node_modules/tidegate/dist")).toMatchObject({
    state: "warning",
    detail: expect.stringMatching(/because \/home\/a\/\.cache cannot be written/),
    hint: expect.stringContaining("XDG_CACHE_HOME"),
  });
});
