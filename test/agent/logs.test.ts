import { appendFileSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { readLogs } from "../../src/agent/api/logs.ts";
import type { Driver, FollowOptions } from "../../src/drivers/driver.ts";
import { followLog } from "../../src/drivers/local/output/follow.ts";
import { lastLinesOf } from "../../src/drivers/local/output/log-files.ts";
import { LogReader } from "../../src/drivers/local/output/log-reader.ts";
import { ok } from "../../src/errors/result.ts";
import type { SubstituteAnswers } from "../../src/gateway/gateway.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { eventually, temporaryFolder } from "../process/support.ts";

let folder: string;
let path: string;
const paths = () => [`${path}.1`, path].filter((one) => existsSync(one));
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, "output.log");
});

describe("a log that is read as it grows", () => {
  test("gives every byte once, also across the moment when it is put aside", () => {
    writeFileSync(path, "before\n");
    const log = new LogReader(paths());
    expect(log.position).toBe(7);
    appendFileSync(path, "one\n");
    expect(log.next(paths()).toString()).toBe("one\n");
    appendFileSync(path, "two\n");
    renameSync(path, `${path}.1`);
    writeFileSync(path, "three\n");
    expect(log.next(paths()).toString()).toBe("two\n");
    expect(log.next(paths()).toString()).toBe("three\n");
    expect(log.next(paths()).toString()).toBe("");
    log.close();
  });

  test("may not be there yet", () => {
    const log = new LogReader(paths());
    expect(log.next(paths()).toString()).toBe("");
    writeFileSync(path, "first\n");
    expect(log.next(paths()).toString()).toBe("first\n");
    log.close();
  });
});

test("the last lines go over from the older file, and end where they are told to", () => {
  writeFileSync(`${path}.1`, "a\nb\nhalf a ");
  writeFileSync(path, "line\nc\nlater\n");
  expect(lastLinesOf(paths(), 2, 7).toString()).toBe("half a line\nc\n");
  expect(lastLinesOf(paths(), 9).toString()).toBe("a\nb\nhalf a line\nc\nlater\n");
  expect(lastLinesOf(paths(), 0).toString()).toBe("");
});

describe("logs that are followed", () => {
  const instance = (id: string) => ({ id, environment: "staging", service: "web", state: { state: "running" } });
  const driver = (...ids: string[]) =>
    ({
      observe: async () => ok(ids.map(instance)),
      follow: (_environment: string, _id: string, options: FollowOptions) => followLog(async () => paths(), options),
    }) as unknown as Driver;

  let substitutes: readonly SubstituteAnswers[] = [];
  beforeEach(() => {
    substitutes = [];
  });

  async function followed(ids: readonly string[], during: (seen: () => string) => Promise<void>): Promise<string> {
    let seen = "";
    const gone = new AbortController();
    const reader = {
      write: (output: string | Buffer) => (seen += output.toString()),
      gone: gone.signal,
      secrets: [new Secret("hunter2-secret")],
      substitutes: async () => substitutes,
    };
    const reading = readLogs(driver(...ids), { environment: "staging", lines: 2, follow: true }, reader);
    await during(() => seen);
    gone.abort();
    expect(await reading).toEqual(ok());
    return seen;
  }

  test("say what the gateway answered in an instance's place, and again when it does again", async () => {
    writeFileSync(path, "");
    const one = { environment: "staging", instance: "a", status: 502, rule: "Too long.", times: 2, lastAt: 0 };
    substitutes = [one, { ...one, instance: "b", times: 1, rule: "Broken." }];
    const seen = await followed(["a"], async (look) => {
      await eventually(() => expect(look()).toContain("Broken."));
      substitutes = [{ ...one, times: 3 }];
      await eventually(() => expect(look()).toMatch(/Too long[\s\S]*Too long/));
    });
    expect(seen.split("\n")).toEqual([
      "gateway | 1970-01-01T00:00:00.000Z 502 in place of a, 2 times: Too long.",
      "gateway | 1970-01-01T00:00:00.000Z 502 in place of b: Broken.",
      "gateway | 1970-01-01T00:00:00.000Z 502 in place of a: Too long.",
      "",
    ]);
  });

  test("show each line once: the last ones, then what comes", async () => {
    writeFileSync(path, "one\ntwo\nthree\n");
    const seen = await followed(["a"], async (look) => {
      await eventually(() => expect(look()).toContain("three"));
      appendFileSync(path, "four\nfi");
      await eventually(() => expect(look()).toContain("four"));
      appendFileSync(path, "ve\n");
      await eventually(() => expect(look()).toContain("five"));
    });
    expect(seen).toBe("two\nthree\nfour\nfive\n");
  });

  test("keep every byte: what ends a line, what begins a file, and what is no character", async () => {
    const bytes = Buffer.concat([Buffer.from("\ufeffone\r\n\u0000é"), Buffer.from([0xe9, 0xff, 0x0a, 0xe2, 0x82])]);
    writeFileSync(path, bytes);
    const seen: Buffer[] = [];
    const reader = {
      write: (output: string | Buffer) => seen.push(Buffer.from(output)),
      gone: new AbortController().signal,
      secrets: [],
    };
    const call = { environment: "staging", lines: 9, follow: false };
    await readLogs(driver("a"), call, { ...reader, substitutes: async () => [] });
    expect(Buffer.concat(seen)).toEqual(Buffer.concat([bytes, Buffer.from("\n")]));
  });

  test("show a line that never ends in parts, and go on behind it", async () => {
    writeFileSync(path, "start\n");
    const long = "xé€".repeat(512 * 1024);
    const seen = await followed(["a"], async (look) => {
      await eventually(() => expect(look()).toContain("start"));
      appendFileSync(path, long);
      await eventually(() => expect(look().length).toBeGreaterThan(512 * 1024));
      appendFileSync(path, "\nnext\n");
      await eventually(() => expect(look()).toContain("next"));
    });
    expect(seen.slice("start\n".length).replaceAll("\n", "") === `${long}next`).toBe(true);
  });

  test("hide a secret that is cut by two reads, whatever stands in the file", async () => {
    writeFileSync(path, "start\n");
    const seen = await followed(["a"], async (look) => {
      appendFileSync(path, "x\nthe key is hunter2-");
      await eventually(() => expect(look()).toContain("x\n"));
      appendFileSync(path, "secret.\n");
      await eventually(() => expect(look()).toContain("."));
    });
    expect(seen.endsWith("x\nthe key is [secret].\n")).toBe(true);
  });

  test("name the instance in front of each line when there are several", async () => {
    writeFileSync(path, "one\n");
    const seen = await followed(["a", "b"], (look) =>
      eventually(() => expect(look().split("\n")).toHaveLength(3)).then(() => {}),
    );
    expect(seen.split("\n").sort()).toEqual(["", "a | one", "b | one"]);
  });
});
