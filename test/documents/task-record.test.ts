import { describe, expect, test } from "vitest";
import { recordDna, recordStep, stepKey, type TaskEnd } from "../../src/documents/task/record.ts";
import type { TaskFile } from "../../src/documents/task/task-file.ts";

const task: TaskFile = {
  id: "P03-S09-T09",
  title: "DevOps and Deployment Architecture",
  agent: "devops-agent",
  previous: "P03-S09-T08",
  wanted: [
    { name: "DevOps_Pipeline_Specifications.md", path: "docs/DevOps_Pipeline_Specifications.md" },
    { name: "Environment_Management_Strategy.md", path: "docs/Environment_Management_Strategy.md" },
  ],
  brain: ["Pipeline: it builds"],
  subtasks: [
    { id: "P03-T09-S01", title: "a", states: ["Pipeline designed."], documents: ["DevOps_Pipeline_Specifications.md"] },
  ],
};
const end: TaskEnd = { status: "SUCCEEDED", at: "2026-01-02T03:04:05.000Z" };
const file = "tasks/Phase 3: Design & More/P03-S09-T09.md";

const step = `{
  "systemStatus": "partial",
  "currentWorkflowStep": "P01-S01-T01",   
  "currentPhase": "phase_1",
  "rate": 0.0
}
`;
const earlierStep = `{
\t"systemStatus": "partial",
\t"systemConfiguration": {},
\t"metadata": { "version": "1.1" }
}`;
const dna = `{
  "metadata": {}, "agents": {},

  "workflow_state": { "current_step": "P01-S01-T01-Profile" },
  "step_definitions": {
    "P03-S09-T08-Data": {
      "agent": "data-agent",
      "task_id": "P03-S09-T08",
      "next_task": null
    }
  },
  "tail": [1,   2]
}
`;

const recorded = (text: string, by: (text: string) => ReturnType<typeof recordStep>) => {
  const result = by(text);
  if (!result.ok) throw new Error(JSON.stringify(result.failures));
  return result.value;
};
const toStep = (text: string, how = end) => recorded(text, (one) => recordStep(one, task, how, "Step.json"));
const toDna = (text: string, how = end) => recorded(text, (one) => recordDna(one, task, how, file, "DNA.json"));

const entry = {
  taskId: "P03-S09-T09",
  status: "SUCCEEDED",
  completedAt: end.at,
  outcomes: ["Pipeline: it builds", "Pipeline designed."],
  artifacts: ["docs/DevOps_Pipeline_Specifications.md", "docs/Environment_Management_Strategy.md"],
  subtasks: [
    {
      subtaskId: "P03-T09-S01",
      status: "SUCCEEDED",
      outcomes: ["Pipeline designed."],
      artifacts: ["docs/DevOps_Pipeline_Specifications.md"],
    },
  ],
};

describe("Step.json", () => {
  test.each([
    ["the shape in use", step],
    ["the shape before", earlierStep],
    ["line ends of Windows and a byte order mark", `\uFEFF${step.replaceAll("\n", "\r\n")}`],
  ])("of %s gets the task, and every other byte stays", (_, text) => {
    const after = toStep(text);
    expect(JSON.parse(after.replace(/^\uFEFF/, "")).completedTasks).toEqual([entry]);
    expect(without(after, ',\\s*"completedTasks": \\[[\\s\\S]*\\n[ \\t]*\\]')).toBe(text);
    expect(after.includes("\r\n")).toBe(text.includes("\r\n"));
    expect(after.replaceAll("\r\n", "").includes("\n")).toBe(!text.includes("\r\n"));
  });

  test("stays as it is on a repeat, with the time of the first", () => {
    expect(toStep(toStep(step), { ...end, at: "2030-01-01T00:00:00.000Z" })).toBe(toStep(step));
  });

  test("keeps the tasks that are there, and goes from failed to succeeded", () => {
    const failed = toStep(step.replace('"rate"', '"completedTasks": [{ "taskId": "P01" }],\n  "rate"'), {
      status: "FAILED",
      at: "2025-01-01T00:00:00.000Z",
    });
    expect(JSON.parse(failed).completedTasks).toMatchObject([{ taskId: "P01" }, { status: "FAILED", outcomes: [] }]);
    expect(JSON.parse(toStep(failed)).completedTasks).toEqual([{ taskId: "P01" }, entry]);
  });

  test("with an empty list gets it into that", () => {
    const after = toStep(step.replace('"rate"', '"completedTasks": [],\n  "rate"'));
    expect(JSON.parse(after).completedTasks).toEqual([entry]);
  });
});

describe("DNA.json", () => {
  test("gets the step with the fields of its neighbours, and every other byte stays", () => {
    const after = toDna(dna);
    expect(JSON.parse(after).step_definitions[stepKey(task)]).toEqual({
      agent: "devops-agent",
      task_id: "P03-S09-T09",
      next_task: null,
      status: "SUCCEEDED",
      completed_at: end.at,
      outcomes: entry.outcomes,
      artifacts: entry.artifacts,
    });
    expect(without(after, `,\\s*"${stepKey(task)}": \\{[\\s\\S]*?\\n    \\}`)).toBe(dna);
  });

  test("of the shape before gets it, too, and stays as it is on a repeat", () => {
    const earlier = dna.replace('"agents": {}', '"agentRegistry": []');
    expect(JSON.parse(toDna(earlier)).step_definitions).toHaveProperty(stepKey(task));
    expect(toDna(toDna(earlier), { ...end, at: "2030-01-01T00:00:00.000Z" })).toBe(toDna(earlier));
  });

  test("names its neighbours by their whole names where they are there", () => {
    const withPrevious = dna.replace('"next_task": null', '"previous_task": null');
    expect(JSON.parse(toDna(withPrevious)).step_definitions[stepKey(task)].previous_task).toBe("P03-S09-T08-Data");
  });
});

describe("promise 17: a state file is refused, with the reason, when", () => {
  test.each<[string, string, RegExp]>([
    [
      "a key is there twice",
      step.replace('"rate": 0.0', '"rate": 1, "rate": 2'),
      /line 5, column 14: the key rate is there twice/,
    ],
    ["a comma is missing", step.replace('"partial",', '"partial"'), /^line 3, column 3: a comma is missing/],
    ["it has comments", `// no\n${step}`, /^line 1, column 1: JSON has no comments/],
    ["a word stands for a value", '{ "a": 1,\n  "b": yes }', /^line 2, column 8: this is not a JSON value/],
    ["it ends too soon", '{ "a": [1', /a closing `\]` is missing/],
    ["a string has no end", '{ "a": "b\n}', /a string has no closing quote/],
    ["there is a comma too many", '{ "a": 1, }', /one comma too many/],
    ["something stands behind its end", "{} {}", /^line 1, column 4: there is something after the end/],
    [
      "it is of Windows, with a byte order mark, and a comma is missing",
      `\uFEFF${step.replace('"partial",', '"partial"').replaceAll("\n", "\r\n")}`,
      /^line 3, column 3: a comma is missing/,
    ],
    ["the mistake is in the first line, behind a byte order mark", "\uFEFF{ a: 1 }", /^line 1, column 3: /],
    ["it is empty", "", /^It is empty/],
    ["it is a byte order mark alone", "\uFEFF", /^It is empty/],
    ["it is a list", "[]", /not an object/],
    ["it has a third shape", '{ "systemStatus": "ok", "steps": [] }', /neither of the two shapes/],
    ["its list of tasks is none", step.replace('"rate"', '"completedTasks": {},\n  "rate"'), /not a list/],
  ])("%s", (_, text, cause) => {
    const refused = recordStep(text, task, end, "Step.json");
    expect(refused).toMatchObject({ failures: [{ code: "task-state-invalid", cause: expect.stringMatching(cause) }] });
  });

  test("its definitions of steps are not there", () => {
    const refused = recordDna(dna.replace("step_definitions", "steps"), task, end, file, "DNA.json");
    expect(refused).toMatchObject({ failures: [{ code: "task-state-invalid" }] });
  });
});

function without(text: string, pattern: string): string {
  return text.replace(new RegExp(pattern), "");
}
