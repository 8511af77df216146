import { expect, test } from "vitest";
import { migrationDigest } from "../../src/release/migration-digest.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const file = (path: string, letter: string) => ({ path, mode: "644", digest: digest(letter), size: 1 });
const release = (files: readonly unknown[], migrate = "node migrate.js") =>
  ({
    services: { web: { run: "x", files: ["dist/", "package.json"], migrate }, api: { run: "x", files: ["api/"] } },
    files,
  }) as never;
const files = [file("api/a.js", "a"), file("dist/migrations/1.sql", "b"), file("dist/server.js", "c")];
const of = (changed: readonly unknown[] = files, only?: readonly string[], migrate?: string) =>
  migrationDigest(release(changed, migrate), "web", only);

test("a migration is its command and the service's files: when one of them changes, it is another one", () => {
  expect(of()).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(of([file("api/a.js", "z"), ...files.slice(1)])).toBe(of());
  expect(of([...files.slice(0, 2), file("dist/server.js", "z")])).not.toBe(of());
  expect(of(files, undefined, "node migrate.js --all")).not.toBe(of());
  expect(migrationDigest(release(files), "api")).toBeUndefined();
  expect(migrationDigest(release(files), "constructor")).toBeUndefined();
});

test("or the files that are named, and no others", () => {
  const only = ["dist/migrations/"];
  expect(of([...files.slice(0, 2), file("dist/server.js", "z")], only)).toBe(of(files, only));
  expect(of([files[0], file("dist/migrations/1.sql", "z"), files[2]], only)).not.toBe(of(files, only));
  expect(of([...files, file("dist/migrations/2.sql", "d")], only)).not.toBe(of(files, only));
});
