import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Chronicle } from "../../src/agent/chronicle.ts";
import { readAgentRecord } from "../../src/agent/client/agent-record.ts";
import { Facts } from "../../src/agent/environments/facts.ts";
import { redactingDriver } from "../../src/agent/environments/redaction.ts";
import { isHolderGone, ownHolderName } from "../../src/agent/process/holder.ts";
import { watchState } from "../../src/agent/process/state-watch.ts";
import { parseMessage } from "../../src/agent/protocol/message-schema.ts";
import { AgentLog } from "../../src/agent/runtime/agent-log.ts";
import { findRuntimeFolder, runtimeFolder, sealingKey } from "../../src/agent/runtime/runtime-folder.ts";
import { Vault } from "../../src/agent/runtime/vault.ts";
import type { AgentWorld } from "../../src/agent/world.ts";
import { TurnTaker } from "../../src/concurrency/turn-taker.ts";
import type { Driver, FollowOptions } from "../../src/drivers/driver.ts";
import { outputLines } from "../../src/drivers/output-lines.ts";
import { ok } from "../../src/errors/result.ts";
import type { Event } from "../../src/events/event.ts";
import { statePaths } from "../../src/files/state-paths.ts";
import { identityOf } from "../../src/process/identity.ts";
import { redactDeep } from "../../src/secrets/redaction/redact.ts";
import { Secret } from "../../src/secrets/secret.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tidegate-agent-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the runtime folder", () => {
  const base = () => {
    const path = join(folder, "run");
    mkdirSync(path, { recursive: true });
    return { XDG_RUNTIME_DIR: path };
  };

  test("is private, and the same for callers with another environment", () => {
    const made = runtimeFolder(folder, base());
    if (!made.ok) throw new Error(made.failures[0]?.message);
    expect(statSync(made.value).mode & 0o777).toBe(0o700);
    expect(runtimeFolder(folder, {})).toEqual(made);
    expect(findRuntimeFolder(folder)).toBe(made.value);
  });

  test("of a copied project is not the original's", () => {
    const made = runtimeFolder(folder, base());
    const copy = join(folder, "copy");
    mkdirSync(copy);
    writeFileSync(join(copy, "runtime"), readFileSync(join(folder, "runtime")));
    expect(findRuntimeFolder(copy)).toBeUndefined();
    expect(runtimeFolder(copy, base())).not.toEqual(made);
  });

  test.each<[string, (path: string) => void]>([
    ["a folder that others can enter", (path) => mkdirSync(path, { mode: 0o755 })],
    ["a link to somewhere else", (path) => symlinkSync(tmpdir(), path)],
    ["a file", (path) => writeFileSync(path, "")],
  ])("is not %s", (_, make) => {
    const variables = base();
    make(join(variables.XDG_RUNTIME_DIR, `tidegate-${process.getuid?.()}`));
    expect(runtimeFolder(folder, variables)).toMatchObject({ ok: false, failures: [{ code: "not-writable" }] });
  });

  test.each([["relative/path"], ["/does/not/exist"], [`/${"long/".repeat(30)}`]])(
    "is not looked for in %s",
    (place) => {
      const made = runtimeFolder(folder, { XDG_RUNTIME_DIR: place });
      if (!made.ok) throw new Error("it fails");
      expect(made.value.startsWith("/tmp/")).toBe(true);
      rmSync(made.value, { recursive: true });
    },
  );

  test("keeps its key, and makes a new one when it is damaged", () => {
    const key = sealingKey(folder);
    expect(key).toHaveLength(32);
    expect(sealingKey(folder)).toEqual(Buffer.from(key));
    writeFileSync(join(folder, "key"), "short");
    expect(sealingKey(folder)).toHaveLength(32);
  });
});

describe("the vault", () => {
  test("gives back what it was given, and only with the same key", () => {
    const vault = new Vault(join(folder, "sealed"), Buffer.alloc(32, 1));
    expect(vault.isEmpty).toBe(true);
    vault.put(1, new Map([["TOKEN", new Secret("hunter2")]]));
    const read = vault.get(1, "staging");
    expect(read.ok && read.value.get("TOKEN")?.reveal()).toBe("hunter2");
    expect(readFileSync(join(folder, "sealed", "1"), "utf8")).not.toContain("hunter2");
    const other = new Vault(join(folder, "sealed"), Buffer.alloc(32, 2));
    expect(other.get(1, "staging")).toMatchObject({
      failures: [{ code: "secret-unreadable", hint: expect.stringContaining("tidegate deploy staging") }],
    });
    expect(vault.get(2, "staging")).toMatchObject({ failures: [{ code: "secret-unreadable" }] });
    vault.forget(1);
    vault.forget(1);
    expect(vault.isEmpty).toBe(true);
  });
});

describe("redaction", () => {
  const secrets = [new Secret("line one of it\nline two of it\nline three of it")];

  test("reaches every text of a value", () => {
    const value = { a: [{ b: `x ${secrets[0]!.reveal()} y` }], n: 1, none: null };
    expect(redactDeep(value, secrets)).toEqual({ a: [{ b: "x [secret] y" }], n: 1, none: null });
  });

  /** A driver that has written this, in these pieces. */
  const driverOf = (first: string, ...later: string[]) =>
    ({
      async *follow(_environment: string, _id: string, { lines, signal }: FollowOptions) {
        yield Buffer.from(
          lines > 0
            ? first
                .split("\n")
                .slice(-lines - 1)
                .join("\n")
            : "",
        );
        if (signal !== undefined) for (const piece of later) yield Buffer.from(piece);
      },
    }) as unknown as Driver;

  test("hides a secret of several lines also when only its last lines are asked for", async () => {
    const lines = ["before", ...secrets[0]!.reveal().split("\n"), "after", ""].join("\n");
    const redacting = redactingDriver(driverOf(lines), () => secrets);
    expect(await outputLines(redacting, "staging", "d1-web-1", 2)).toEqual(["[secret]", "after"]);
    expect(await outputLines(redacting, "staging", "d1-web-1", 0)).toEqual([]);
    const silent = redactingDriver(driverOf(""), () => secrets);
    expect(await outputLines(silent, "staging", "d1-web-1", 2)).toEqual([]);
  });

  test("holds in what is followed, however it is cut into pieces", async () => {
    const text = `before\n${secrets[0]!.reveal()}\nafter\n`;
    for (let cut = 0; cut < text.length; cut++) {
      const pieces = [text.slice(0, cut), text.slice(cut, cut + 9), text.slice(cut + 9)] as const;
      const redacting = redactingDriver(driverOf(...pieces), () => secrets);
      const seen: Uint8Array[] = [];
      const signal = new AbortController().signal;
      for await (const piece of redacting.follow("staging", "a", { lines: 99, signal })) seen.push(piece);
      expect(Buffer.concat(seen).toString()).toBe("before\n[secret]\nafter\n");
    }
  });
});

describe("facts", () => {
  const started = { type: "deploymentResumed", environment: "staging", deployment: 1, step: 0 } as const;
  const step = (number: number): Event => ({
    type: "stepStarted",
    environment: "staging",
    deployment: 1,
    step: number,
    direction: "forward",
    summary: { kind: "start", subjects: ["hunter2-is-a-secret"] },
  });
  const create = (kept: unknown[] = []) => {
    let seq = 0;
    const store = {
      addIncident: async (incident: unknown) => ok(kept.push(incident)),
      appendEvents: async (events: readonly object[]) => ok(events.map((event) => ({ ...event, seq: ++seq }))),
    };
    const report = () => {};
    const chronicle = new Chronicle({ store: store as unknown as AgentWorld["store"], project: "small", report });
    const world = { now: () => 5, report, store, chronicle };
    return new Facts(world as unknown as AgentWorld, "staging", () => [new Secret("hunter2-is-a-secret")]);
  };

  test("go without secrets to those who watch, as long as they watch", async () => {
    const facts = create();
    const seen: Event[] = [];
    await facts.watched(
      ({ event }) => seen.push(event),
      async () => facts.tell(step(1)),
    );
    facts.tell(step(2));
    await facts.watched(
      () => {},
      async () => {},
    );
    expect(seen).toHaveLength(1);
    expect(JSON.stringify(seen)).toContain("[secret]");
    expect(JSON.stringify(seen)).not.toContain("hunter2");
  });

  test("let whoever comes late know where a deployment stands", async () => {
    const facts = create();
    for (const event of [started, step(0), step(1)]) facts.tell(event);
    const seen: Event[] = [];
    await facts.watched(
      ({ event }) => seen.push(event),
      async () => {},
    );
    expect(seen.map((event) => ("step" in event ? event.step : event.type))).toEqual([0, 1]);
    facts.tell({
      type: "deploymentFinished",
      environment: "staging",
      deployment: 1,
      release: "r",
      outcome: "deployed",
      durationMs: 1,
      failures: [],
    });
    await facts.watched(
      () => seen.push(started),
      async () => {},
    );
    expect(seen).toHaveLength(2);
  });

  test("keep losses for the history, without secrets", () => {
    const kept: unknown[] = [];
    const failures = [{ code: "instance-exited", message: "it said hunter2-is-a-secret" }] as const;
    create(kept).tell({ type: "instanceLost", environment: "staging", instance: "d1-web-1", failures, restartInMs: 1 });
    expect(kept).toMatchObject([
      { at: 5, environment: "staging", event: { failures: [{ message: "it said [secret]" }] } },
    ]);
  });
});

describe("the state that is watched", () => {
  test("is there until it is replaced, and gone with its folder, also when somebody makes a new one", () => {
    const paths = statePaths(join(folder, "state"));
    mkdirSync(paths.folder);
    writeFileSync(paths.database, "");
    const look = watchState(paths);
    expect(look()).toBe("there");
    writeFileSync(`${paths.database}.new`, "");
    rmSync(paths.database);
    expect(look()).toBe("replaced");
    rmSync(paths.folder, { recursive: true });
    expect(look()).toBe("gone");
  });

  test("is taken once another agent has put a lock of its own in the place", () => {
    const paths = statePaths(join(folder, "state"));
    mkdirSync(paths.folder);
    for (const file of [paths.database, paths.agentLock]) writeFileSync(file, "");
    const look = watchState(paths);
    writeFileSync(`${paths.agentLock}.new`, "");
    renameSync(`${paths.agentLock}.new`, paths.agentLock);
    expect(look()).toBe("taken");
  });
});

test("turns of one key come one after the other, in order; a failing one does not stop the line", async () => {
  const turns = new TurnTaker();
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = turns.take("a", async () => {
    await gate.promise;
    order.push("first");
    throw new Error("it fails");
  });
  const second = turns.take("a", async () => order.push("second"));
  await turns.take("b", async () => order.push("other"));
  expect([turns.waiting("a"), turns.busy()]).toEqual([2, ["a"]]);
  gate.resolve();
  await expect(first).rejects.toThrow("it fails");
  await second;
  expect(order).toEqual(["other", "first", "second"]);
  expect(turns.busy()).toEqual([]);
});

test("the agent's log does not grow without end, and a disk that refuses it does not matter", () => {
  const path = join(folder, "agent.log");
  const log = new AgentLog(path);
  for (let line = 0; line < 30; line += 1) log.write({ text: "x".repeat(100_000) });
  expect(statSync(path).size).toBeLessThan(1_300_000);
  expect(statSync(`${path}.1`).size).toBeLessThan(1_300_000);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  log.unexpected(new Error("a bug"));
  expect(readFileSync(path, "utf8")).toContain("a bug");
  expect(() => new AgentLog(join(folder, "none", "agent.log")).write({})).not.toThrow();
});

test.each([
  ["nothing"],
  ["{}"],
  ["null"],
  ['{"pid":"1","started":"x","socket":"y"}'],
  ['{"pid":1e9,"started":"x","socket":"y"}'],
])("an agent's record that says %s is none", (text) => {
  writeFileSync(statePaths(folder).agentRecord, text);
  expect(readAgentRecord(folder)).toBeUndefined();
});

test("an agent's record counts as long as its very process runs", () => {
  const record = { ...identityOf(process.pid), socket: "/x" };
  writeFileSync(statePaths(folder).agentRecord, JSON.stringify(record));
  expect(readAgentRecord(folder)?.pid).toBe(process.pid);
  writeFileSync(statePaths(folder).agentRecord, JSON.stringify({ ...record, started: "another" }));
  expect(readAgentRecord(folder)).toBeUndefined();
});

describe("the holder of a lease", () => {
  test("can act while its process lives", () => {
    expect(isHolderGone(ownHolderName())).toBe(false);
  });

  test.each([
    ["its number belongs to a later process", JSON.stringify({ pid: process.pid, started: "another time" })],
    ["its name is no process identity", JSON.stringify({ pid: String(process.pid) })],
    ["its name is null", "null"],
    ["its name is not JSON", "{"],
  ])("is gone when %s", (_, holder) => {
    expect(isHolderGone(holder)).toBe(true);
  });
});

describe("a line of the agent's answer", () => {
  const failure = { code: "check-failed", message: "No" };

  test.each<[string, object]>([
    [
      "an event",
      {
        envelope: {
          seq: 1,
          at: 1,
          project: "small",
          subject: { kind: "environment", name: "staging" },
          event: { type: "environmentStopped", environment: "staging" },
        },
      },
    ],
    ["text", { text: "a line\n" }],
    ["a good end", { end: { ok: true } }],
    ["a bad end", { end: { ok: false, failures: [failure] } }],
  ])("is %s", (_, message) => {
    expect(parseMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    ["broke off", '{"end":{"ok":'],
    ["is of nothing known", '{"other":1}'],
    ["is an event without its envelope", '{"envelope":{"type":"environmentStopped","at":1}}'],
    ["is a bad end without a failure", '{"end":{"ok":false,"failures":[]}}'],
    ["has a failure that nobody knows", '{"end":{"ok":false,"failures":[{"code":"x","message":"y"}]}}'],
  ])("is none when it %s", (_, line) => {
    expect(parseMessage(line)).toBeUndefined();
  });
});
