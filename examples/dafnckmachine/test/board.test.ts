import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { createBoard } from "../service/app.ts";
import { type Step, stepsOf } from "../service/brain.ts";
import { page } from "../service/page.ts";
import { steadily } from "../service/store.ts";

const token = "a-token-that-is-long-enough-for-a-test";
const dna = {
  step_definitions: {
    "P01-S01-T01-Profile": { task_id: "P01-S01-T01", agent: "nlu-agent", phase: "phase_1", status: "SUCCEEDED" },
    "P01-S01-T02-<Vision>": { task_id: "P01-S01-T02" },
  },
};
let steps: Step[] = stepsOf(dna);
const store = {
  steps: async (limit: number) => steps.slice(0, limit),
  setStatus: async (key: string, status: string) => {
    const isThere = steps.some((step) => step.key === key);
    steps = steps.map((step) => (step.key === key ? { ...step, status } : step));
    return isThere;
  },
  close: async () => {},
};
const server = createBoard(store, { baseUrl: "http://board.test", stepsPerPage: 10, editToken: token });
let url = "";

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => server.close());

test("steps are read in the order of the file; what nothing is said of is open", () => {
  assert.deepEqual(
    stepsOf(dna).map(({ taskId, agent, status }) => [taskId, agent, status]),
    [
      ["P01-S01-T01", "nlu-agent", "SUCCEEDED"],
      ["P01-S01-T02", "nobody", "OPEN"],
    ],
  );
});

test("a DNA without steps has none", () => assert.deepEqual(stepsOf({}), []));

test("the page escapes what it shows and counts what is done", () => {
  const shown = page(stepsOf(dna), "http://board.test");
  assert.match(shown, /&lt;Vision&gt;/);
  assert.match(shown, /1 of 2 steps are done/);
});

test("the page, the data and the health are answered; anything else is not there", async () => {
  assert.equal((await fetch(url)).status, 200);
  assert.equal((await fetch(`${url}/healthz`)).status, 200);
  assert.equal(((await (await fetch(`${url}/api/steps`)).json()) as unknown[]).length, 2);
  assert.equal((await fetch(`${url}/else`)).status, 404);
  assert.equal((await fetch(url, { method: "DELETE" })).status, 405);
});

test("a step is changed by whoever has the token, to a status that there is", async () => {
  const change = (key: string, body: string, bearer = token) =>
    fetch(`${url}/api/steps/${encodeURIComponent(key)}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${bearer}` },
    });
  assert.equal((await change("P01-S01-T02-<Vision>", "SUCCEEDED", "wrong")).status, 401);
  assert.equal((await change("P01-S01-T02-<Vision>", "DONE")).status, 400);
  assert.equal((await change("P09", "FAILED")).status, 404);
  assert.equal((await change("P01-S01-T02-<Vision>", "SUCCEEDED")).status, 204);
  assert.equal(steps[1]?.status, "SUCCEEDED");
});

test("a database that is away for a moment is asked again; a wrong statement is not", async () => {
  const failing = (times: number, code: string) => {
    let calls = 0;
    return async () => {
      calls += 1;
      if (calls <= times) throw Object.assign(new Error("no"), { code });
      return calls;
    };
  };
  assert.equal(await steadily(failing(2, "57P01"), 3, 0), 3);
  await assert.rejects(steadily(failing(3, "55000"), 3, 0));
  await assert.rejects(steadily(failing(1, "42P01"), 3, 0));
});
