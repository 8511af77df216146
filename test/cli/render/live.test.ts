import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { liveRenderer } from "../../../src/cli/render/live.ts";
import { LiveModel } from "../../../src/cli/render/live-model.ts";
import { palette } from "../../../src/cli/render/palette.ts";
import { textWidth } from "../../../src/cli/render/text-width.ts";
import type { Event } from "../../../src/events/event.ts";
import { eventfulRun, goodDeployment, revertedDeployment } from "./events.ts";
import { textWriter } from "./text-writer.ts";

const plain = palette(false);

/** What stays, and what is on the screen after these events, one every 100 ms. */
function play(events: readonly Event[], { width = 80, height = 20 } = {}) {
  const model = new LiveModel(plain, { now: () => 0 });
  const kept = events.flatMap((event, index) => model.apply(event, index * 100));
  return { kept, screen: model.lines(events.length * 100, width, height), isIdle: model.isIdle };
}

describe("the live view", () => {
  it("shows stages, tasks, their state, their time and the last line they wrote", () => {
    expect(play(eventfulRun.slice(0, 10)).screen).toEqual([
      "⠋ run 12  3/5 tasks  1.0 s",
      "  build",
      "    ≡ install  hit      saved 4.3 s, 120 files restored",
      "    ✔ build    1.2 s",
      "  verify",
      "    ✔ lint     0.9 s",
      "    ⠋ test     0.1 s    attempt 2  forced",
      "  package",
      "    ○ image    after test",
    ]);
    expect(play(eventfulRun.slice(0, 6)).screen.slice(3, 6)).toEqual([
      "    ⠦ build    0.4 s    compiling",
      "  verify",
      "    ⠦ lint     0.3 s    1 warning",
    ]);
  });

  it("leaves a deployment that goes on when nobody watches any more, with how it fares", () => {
    const figures = {
      candidate: { requests: 40, errors: 2 },
      baseline: { requests: 360, errors: 1 },
      evidence: 7.5,
      needed: 100,
    };
    const model = new LiveModel(plain, { now: () => 0 });
    const under = goodDeployment.filter(({ type }) => type !== "deploymentFinished");
    const [first] = under;
    if (first?.type !== "deploymentStarted") throw new Error("it does not begin");
    const { environment, deployment } = first;
    const compared = { type: "releasesCompared", environment, deployment, step: 0, figures } as const;
    for (const event of [...under, compared]) model.apply(event, 0);
    const left = model.leave(1000);
    expect(left.at(-2)).toBe(
      "  compared   new: 2 of 40 requests failed (5 %), old: 1 of 360 (0.28 %); evidence against it 7.5 of 100",
    );
    expect(left.at(-1)).toBe(
      `${environment}: the deployment goes on. See where it stands: tidegate status ${environment}`,
    );
    expect([model.isIdle, model.leave(2000)]).toEqual([true, []]);
  });

  it("leaves the table when the run has ended", () => {
    const { kept, screen, isIdle } = play(eventfulRun);
    expect({ screen, isIdle }).toEqual({ screen: [], isIdle: true });
    expect(kept.at(-1)).toBe("✘ run 12 failed after 2.3 s: 1 hit, 3 ran, 1 failed, 1 skipped");
  });

  it("shows the steps of a deployment, its instances and where the traffic goes", () => {
    const upToSwitch = goodDeployment.findIndex((event) => event.type === "trafficSwitched") + 1;
    expect(play(goodDeployment.slice(0, upToSwitch)).screen).toEqual([
      "⠹ production  deployment 7: 1a2b3c4d replaces 99aa88bb, rolling, 5 steps  1.2 s",
      "    ✔ migrate web  0.2 s",
      "    ✔ start d7-web-1  0.2 s",
      "    ✔ check smoke  0.2 s",
      "    ⠹ route to d7-web-1  0.2 s",
      "    ○ stop d6-web-1",
      "  instances  d7-web-1 healthy",
      "  traffic    1a2b3c4d 100 % on 1 instance",
      "  output     two tables",
    ]);
  });

  it("leaves the steps and the outcome when the deployment has ended", () => {
    expect(play(revertedDeployment).kept).toEqual([
      "production  deployment 7: 1a2b3c4d replaces 99aa88bb, rolling, 5 steps",
      "    ✔ migrate web  0.2 s",
      "    ✔ start d7-web-1  0.2 s",
      "    ✘ check smoke  Check smoke ended with exit status 1",
      "    ○ route to d7-web-1",
      "    ○ stop d6-web-1",
      "  ↩ going back because: Check smoke ended with exit status 1",
      "    ✔ stop d7-web-1  30 ms",
      "✘ production serves 99aa88bb: 1a2b3c4d was taken out (3.3 s, 1 step reverted)",
    ]);
  });

  it.each([
    [20, 10],
    [40, 4],
    [1, 1],
    [200, 50],
  ])("fits %i columns and %i rows", (width, height) => {
    for (let length = 1; length < eventfulRun.length; length++) {
      const { screen } = play([...eventfulRun.slice(0, length), ...goodDeployment.slice(0, length)], { width, height });
      expect(screen.length).toBeLessThanOrEqual(height);
      expect(Math.max(0, ...screen.map(textWidth))).toBeLessThanOrEqual(width);
    }
  });

  it("shows what runs and counts the rest when there are more tasks than rows", () => {
    const names = Array.from({ length: 40 }, (_, index) => `task${index}`);
    const events: Event[] = [
      {
        type: "runStarted",
        project: "small",
        run: "1",
        concurrency: 9,
        tasks: names.map((name) => ({ name, stage: "build", needs: [] })),
      },
      { type: "taskHit", task: "task0", fingerprint: "", restored: 0, savedMs: 10 },
      { type: "taskStarted", task: "task39", attempt: 1, reason: { reason: "firstTime" } },
    ];
    expect(play(events, { height: 4 }).screen).toEqual([
      "⠸ run 1  1/40 tasks  0.3 s",
      "    ⠸ task39  0.1 s    first time",
      "    ○ task1",
      "    and 38 tasks: 37 waiting, 1 hit",
    ]);
  });

  it("gives the cursor back and leaves nothing of the moving part", () => {
    const out = textWriter({ isTTY: true });
    const listeners = process.listenerCount("exit");
    const renderer = liveRenderer(out, { now: () => 0 });
    for (const event of eventfulRun.slice(0, 5)) renderer.emit(event);
    renderer.close();
    renderer.close();
    const hidden = out.text().split("\u001b[?25l").length;
    const shown = out.text().split("\u001b[?25h").length;
    expect([hidden - shown, process.listenerCount("exit") - listeners]).toEqual([0, 0]);
    expect(stripVTControlCharacters(out.text()).trim()).toBe("");
  });
});
