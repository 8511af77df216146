import { expect, test } from "vitest";
import { staticSite } from "../../src/definition/builders.ts";
import { ok } from "../../src/errors/result.ts";
import { eventually } from "../process/support.ts";
import { output, value } from "./conformance.ts";
import { createLocal, fixtures, specIn } from "./support.ts";

test("a static site is an instance of Tidegate's own runtime: it serves its folder, and ends when it is stopped", async () => {
  const under = await createLocal({ digest: (text) => text });
  const { driver } = under;
  const { run } = staticSite({ folder: "seed/" });
  const { path = "" } = fixtures.entries.find((entry) => entry.path.startsWith("seed/")) ?? {};
  const { address } = value(await driver.start({ ...specIn(under, "a"), command: run }, 1));
  const url = `http://${address?.host}:${address?.port}${path.slice("seed".length)}`;
  await eventually(async () =>
    expect(
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      ),
    ).toBe(true),
  );
  const answer = await fetch(url);
  await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  const [inspection] = value((await driver.inspect?.("staging")) ?? ok([]));
  expect(inspection?.argv).toMatchObject({ seen: expect.arrayContaining(["tidegate:static", "seed/"]) });
  await driver.stop("staging", "a", 5_000, 1);
  expect(value(await driver.observe("staging"))).toMatchObject([{ state: { state: "ended" } }]);
});

test("a static site whose folder is not in the release says so, and ends", async () => {
  const under = await createLocal();
  const { run } = staticSite({ folder: "gone/" });
  value(await under.driver.start({ ...specIn(under, "a"), command: run }, 1));
  await eventually(async () =>
    expect(await output(under.driver, "a", 9)).toEqual(["There is no folder gone/ in the release"]),
  );
});
