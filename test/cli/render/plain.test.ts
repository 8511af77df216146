import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { plainRenderer } from "../../../src/cli/render/plain.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventfulRun, goodDeployment, newRelease, oldRelease, revertedDeployment } from "./events.ts";
import { textWriter } from "./text-writer.ts";

function render(events: readonly Event[], { color = false, explain = false } = {}): string {
  const out = textWriter({ color });
  const renderer = plainRenderer(out, { now: () => 0, explain });
  for (const event of events) renderer.emit(event);
  renderer.close();
  return out.text();
}

describe("the plain lines", () => {
  it("tell a run: facts behind marks, output behind the task, a table at the end", () => {
    expect(render(eventfulRun)).toBe(`run 12: 5 tasks, 2 at a time
≡ install hit, saved 4.3 s, 120 files restored
> build runs: src/index.ts changed and 2 more
> lint runs: first time
build   | compiling
lint    | 1 warning
✔ build succeeded in 1.2 s
✔ lint succeeded in 0.9 s
> test runs: forced
> test runs again, attempt 2
✘ test failed after 0.5 s, 1 of 12 tests failed, 2 skipped: Task test ended with exit status 1
– image skipped: test did not succeed

≡ install  hit                      saved 4.3 s, 120 files restored
✔ build    ran               1.2 s  src/index.ts changed and 2 more
✔ lint     ran               0.9 s  first time; not cached: inputs changed while it ran (src/a.ts)
✘ test     failed            0.5 s  1 of 12 tests failed, 2 skipped; forced
– image    skipped                  test did not succeed
✘ run 12 failed after 2.3 s: 1 hit, 3 ran, 1 failed, 1 skipped
`);
  });

  it("say of a selection that nothing is in against which commit it was made", () => {
    const comparedWith = { since: "origin/main", commit: "7e3a4f23065752d7af122b2db0e73ca492600ff8" };
    const counts = { hits: 0, ran: 0, failed: 0, skipped: 0 };
    const events: Event[] = [
      { type: "runStarted", project: "small", run: "3", tasks: [], concurrency: 2, comparedWith },
      { type: "runFinished", run: "3", outcome: "succeeded", durationMs: 2, counts },
    ];
    expect(render(events)).toBe(`run 3: 0 tasks, 2 at a time, changed since origin/main (commit 7e3a4f230657)

nothing that was asked for has changed since origin/main (commit 7e3a4f230657)
✔ run 3 succeeded in 2 ms: no tasks
`);
  });

  it("tell in one line of many tasks that had nothing to do", () => {
    const names = Array.from({ length: 40 }, (_, index) => `task${index}`);
    const hit = { type: "taskHit", fingerprint: "sha256:1", restored: 0, savedMs: 500 } as const;
    const events: Event[] = [
      {
        type: "runStarted",
        project: "small",
        run: "3",
        tasks: names.map((name) => ({ name, stage: "build", needs: [] })),
        concurrency: 2,
      },
      ...names.slice(1).map((task) => ({ ...hit, task })),
      { ...hit, task: "task0", restored: 2 },
      {
        type: "runFinished",
        run: "3",
        outcome: "succeeded",
        durationMs: 100,
        counts: { hits: 40, ran: 0, failed: 0, skipped: 0 },
      },
    ];
    expect(render(events)).toBe(`run 3: 40 tasks, 2 at a time
≡ task0 hit, saved 0.5 s, 2 files restored

≡ task0  hit                      saved 0.5 s, 2 files restored
≡ 39 tasks had nothing to do: saved 19.5 s in all
✔ run 3 succeeded in 0.1 s: 40 hits
`);
  });

  it("say in full why a task runs, when asked", () => {
    expect(render(eventfulRun.slice(0, 3), { explain: true }).split("\n").slice(2)).toEqual([
      "> build runs: src/index.ts changed and 2 more",
      "  before: sha256:aa",
      "  after:  sha256:bb",
      "",
    ]);
  });

  it.each([
    [{ before: "unset" }, "the variable MODE is new"],
    [{ after: "unset" }, "the variable MODE is gone"],
    [{}, "the variable MODE changed"],
  ])("say of a variable whether it was set before: %o", (known, words) => {
    const reason = { reason: "changed", part: "env:MODE", others: 0, ...known } as const;
    const events: Event[] = [
      {
        type: "runStarted",
        project: "small",
        run: "3",
        tasks: [{ name: "build", stage: "build", needs: [] }],
        concurrency: 2,
      },
      { type: "taskStarted", task: "build", attempt: 1, reason },
    ];
    expect(render(events)).toContain(`> build runs: ${words}\n`);
  });

  it("say the same with colours as without", () => {
    const colored = render(eventfulRun, { color: true });
    expect(colored).toContain("\u001b[31m1 warning\u001b[0m");
    expect(stripVTControlCharacters(colored)).toBe(render(eventfulRun));
  });

  it("tell a deployment that goes through", () => {
    expect(render(goodDeployment)).toBe(`production | deployment 7: 1a2b3c4d replaces 99aa88bb, rolling, 5 steps
production |   1. migrate web
production |   2. start d7-web-1
production |   3. check smoke
production |   4. route to d7-web-1
production |   5. stop d6-web-1
production | > step 1/5: migrate web
production |   migrate-web | two tables
production | ✔ step 1/5 done in 0.2 s
production | > step 2/5: start d7-web-1
production |   d7-web-1 started at 127.0.0.1:4001
production |   d7-web-1 healthy after 0.3 s
production | ✔ step 2/5 done in 0.2 s
production | > step 3/5: check smoke
production | ✔ step 3/5 done in 0.2 s
production | > step 4/5: route to d7-web-1
production | → traffic goes to 1a2b3c4d 100 % on 1 instance
production | ✔ step 4/5 done in 0.2 s
production | > step 5/5: stop d6-web-1
production |   d6-web-1 stopped
production | ✔ step 5/5 done in 0.2 s
✔ production serves 1a2b3c4d (12.3 s)
`);
  });

  it("tell a deployment that goes back, why, and what serves", () => {
    expect(render(revertedDeployment).split("\n").slice(-7)).toEqual([
      "production | ✘ step 3/5 failed: Check smoke ended with exit status 1",
      "production | ↩ going back because: Check smoke ended with exit status 1",
      "production |   1. stop d7-web-1",
      "production | > revert step 1/1: stop d7-web-1",
      "production | ✔ revert step 1/1 done in 30 ms",
      "✘ production serves 99aa88bb: 1a2b3c4d was taken out (3.3 s, 1 step reverted)",
      "",
    ]);
  });

  it.each<[Event, string]>([
    [
      { type: "releasePacked", release: newRelease, files: 30, bytes: 1_234_567, isNew: true },
      "✔ release 1a2b3c4d is new: 30 files, 1.2 MB",
    ],
    [
      { type: "deploymentQueued", environment: "staging", release: newRelease, behind: 1 },
      "staging | ○ 1a2b3c4d waits behind 1 deployment",
    ],
    [
      { type: "deploymentResumed", environment: "staging", deployment: 3, step: 2 },
      "staging | > deployment 3 continues at step 3",
    ],
    [
      {
        type: "instanceLost",
        environment: "staging",
        instance: "d3-web-1",
        failures: [{ code: "instance-exited", message: "It ended by itself (exit status 1)" }],
        restartInMs: 500,
      },
      "staging | ✘ d3-web-1 lost, restart in 0.5 s: It ended by itself (exit status 1)",
    ],
    [
      { type: "trafficSwitched", environment: "staging", to: [] },
      "staging | → traffic goes to nobody: requests are refused with 503",
    ],
    [
      {
        type: "trafficSwitched",
        environment: "staging",
        to: [
          { deployment: 3, release: newRelease, share: 1 / 3, instances: 1 },
          { deployment: 2, release: oldRelease, share: 2 / 3, instances: 2 },
        ],
      },
      "staging | → traffic goes to 1a2b3c4d 33.3 % on 1 instance, 99aa88bb 66.7 % on 2 instances",
    ],
    [{ type: "gatewayStarted", address: "127.0.0.1:8080" }, "✔ gateway listens on 127.0.0.1:8080"],
    [{ type: "gatewayLost", restartInMs: 250 }, "✘ gateway lost, restart in 0.3 s"],
    [{ type: "environmentStopped", environment: "staging" }, "staging | – stopped"],
  ])("tell %j in a line", (event, line) => {
    expect(render([event])).toBe(`${line}\n`);
  });
});
