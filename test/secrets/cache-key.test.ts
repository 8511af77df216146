import { execFile } from "node:child_process";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { findCacheKey, openCacheKey } from "../../src/secrets/cache-key.ts";
import { tempFolder } from "../support/temp-folder.ts";

const code = (environment: Record<string, string>) => findCacheKey(environment)?.codeOf("entry", "x");

describe("the key of the cache", () => {
  it("is made once, private, in the user's state folder, and is the same for every checkout", () => {
    const TIDEGATE_STATE = join(tempFolder({}), "state");
    expect(findCacheKey({ TIDEGATE_STATE })).toBeUndefined();
    const { key, trouble } = openCacheKey({ TIDEGATE_STATE });
    expect(trouble).toBeUndefined();
    expect(statSync(join(TIDEGATE_STATE, "cache-key")).mode & 0o777).toBe(0o600);
    expect(code({ TIDEGATE_STATE })).toBe(key.codeOf("entry", "x"));
    expect(key.codeOf("standing", "x")).not.toBe(key.codeOf("entry", "x"));
  });

  it("is one, whoever of many processes makes it", async () => {
    const TIDEGATE_STATE = join(tempFolder({}), "state");
    const script = `const { openCacheKey } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/secrets/cache-key.ts"))});
      process.stdout.write(openCacheKey(process.env).key.codeOf("entry", "x"));`;
    const run = () =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], { env: { TIDEGATE_STATE } });
    const codes = await Promise.all(Array.from({ length: 6 }, run));
    expect(new Set(codes.map(({ stdout }) => stdout))).toEqual(new Set([code({ TIDEGATE_STATE })]));
  });

  it("proves nothing where others can read it, or where it is cut off: then it is not used, and not replaced in silence", () => {
    for (const spoil of [(path: string) => chmodSync(path, 0o644), (path: string) => writeFileSync(path, "short")]) {
      const TIDEGATE_STATE = join(tempFolder({}), "state");
      openCacheKey({ TIDEGATE_STATE });
      const path = join(TIDEGATE_STATE, "cache-key");
      spoil(path);
      const before = readFileSync(path);
      expect(code({ TIDEGATE_STATE })).toBeUndefined();
      expect(openCacheKey({ TIDEGATE_STATE }).trouble).toMatchObject({ code: "state-damaged" });
      expect(readFileSync(path)).toEqual(before);
    }
  });

  it("is that of a file where machines share a cache, with or without a line's end, and none that is too short", () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const folder = tempFolder({ a: secret, b: `${secret}\n`, short: "hunter2\n" });
    const of = (name: string) =>
      code({ TIDEGATE_STATE: join(folder, "state"), TIDEGATE_CACHE_KEY_FILE: join(folder, name) });
    expect(of("a")).toBe(of("b"));
    expect(of("a")).toMatch(/^[0-9a-f]{64}$/);
    expect([of("short"), of("missing")]).toEqual([undefined, undefined]);
    const missing = openCacheKey({ TIDEGATE_CACHE_KEY_FILE: join(folder, "missing") });
    expect(missing.trouble).toMatchObject({ message: expect.stringContaining("missing is not a key") });
  });
});
