import { describe, expect, test } from "vitest";
import { documentNames } from "../../src/documents/names.ts";
import { parseTaskFile, tick } from "../../src/documents/task/task-file.ts";

const folder = "docs/Phase 3: Design & More";

const taskText = `---
phase: P03
task_id: P03-S09-T09
title: DevOps and Deployment Architecture
previous_task: P03-S09-T08
next_task: None
agent: "@devops-agent"
---
## Output Artifacts Checklist
${documentNames.map((name) => `- [ ] ${folder}/${name} — ${name} (missing)`).join("\n")}

# Add to Brain
- Pipeline: it builds
- Environments: they are alike

## Subtask-01: The pipeline
- **ID**: P03-T09-S01
- **Documentation Links**:
  - [${documentNames[0]}](mdc:x/${documentNames[0]})
  - [${documentNames[1]}](mdc:x/${documentNames[1]})
- **Success Criteria**:
  - InternalState: Pipeline designed.

## Subtask-02: The environments
- **ID**: P03-T09-S02
  - [${documentNames[2]}](mdc:x/${documentNames[2]})
  - [${documentNames[3]}](mdc:x/${documentNames[3]})
  - InternalState: Environments designed.

# Next Action
None
`;

const read = (text: string) => parseTaskFile(text, "task.md");

describe("a task file", () => {
  test("says what is wanted, what is to be remembered, and what its subtasks are", () => {
    expect(read(taskText)).toEqual({
      ok: true,
      value: {
        id: "P03-S09-T09",
        title: "DevOps and Deployment Architecture",
        agent: "devops-agent",
        previous: "P03-S09-T08",
        wanted: documentNames.map((name) => ({ name, path: `${folder}/${name}` })),
        brain: ["Pipeline: it builds", "Environments: they are alike"],
        subtasks: [
          {
            id: "P03-T09-S01",
            title: "The pipeline",
            states: ["Pipeline designed."],
            documents: [documentNames[0], documentNames[1]],
          },
          {
            id: "P03-T09-S02",
            title: "The environments",
            states: ["Environments designed."],
            documents: [documentNames[2], documentNames[3]],
          },
        ],
      },
    });
  });

  test("means the same with line ends of Windows and a byte order mark", () => {
    expect(read(`\uFEFF${taskText.replaceAll("\n", "\r\n")}`)).toEqual(read(taskText));
  });

  test.each([
    [
      "other artefacts",
      taskText.replaceAll(documentNames[1], "Market_Research.md"),
      /does not ask for CICD_Automation/,
    ],
    [
      "one artefact more",
      taskText.replace("\n\n# Add", "\n- [ ] docs/Budget.md — Budget.md\n\n# Add"),
      /asks for docs\/Budget\.md/,
    ],
    ["no checklist", taskText.replace("Output Artifacts Checklist", "Something else"), /does not ask for/],
  ])("of %s is refused, and the four documents are named", (_, text, cause) => {
    const failures = read(text);
    expect(failures).toMatchObject({ failures: [{ code: "task-file-invalid", cause: expect.stringMatching(cause) }] });
    expect(JSON.stringify(failures)).toContain(documentNames.join(", "));
  });

  test("that has no head is refused", () => {
    expect(read("# Notes")).toMatchObject({ ok: false });
  });

  test.each(["../outside", "/etc", "C:/Windows", "C:Windows", "\\\\host\\share", "~", "a/../../b", "a\\..\\b", "a\\b"])(
    "whose paths lead to %s is refused",
    (path) => {
      expect(read(taskText.replaceAll(folder, path))).toMatchObject({
        failures: [{ code: "path-outside-project" }, {}, {}, {}],
      });
    },
  );
});

describe("ticking", () => {
  const wanted = documentNames.map((name) => ({ name, path: `${folder}/${name}` }));

  test("changes the four lines and no other byte", () => {
    const expected = taskText.replaceAll("- [ ]", "- [x]").replaceAll(" (missing)", "");
    expect(tick(taskText, wanted, wanted)).toBe(expected);
    expect(tick(expected, wanted, wanted)).toBe(expected);
  });

  test("is taken back where a document is not there, and nowhere else", () => {
    const done = tick(taskText, wanted, wanted);
    expect(tick(done, [], wanted)).toBe(taskText);
    expect(tick(done, wanted.slice(1), wanted)).toBe(
      done.replace("- [x]", "- [ ]").replace(/(— DevOps_Pipeline_Specifications\.md)/, "$1 (missing)"),
    );
  });

  test("keeps line ends of Windows, a byte order mark and spaces at the end of lines", () => {
    const windows = `\uFEFF${taskText.replaceAll("\n", " \r\n")}`;
    expect(tick(windows, wanted, wanted)).toBe(windows.replaceAll("- [ ]", "- [x]").replaceAll(" (missing)", ""));
  });
});
