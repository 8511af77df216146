import { documentNames } from "../../src/documents/names.ts";

/** Where the task file stands: with spaces, a colon and an ampersand, as in projects of that kind. */
export const taskPath =
  "01_Machine/01_Workflow/Phase 3: Product Definition & Design/09_Technical_Architecture/P03-S09-T09-DevOps.md";

/** Where it wants the documents. */
export const vision = "01_Machine/04_Documentation/vision/Phase 3: A & B/09_Technical_Architecture";

/** The files of a small project that plans its work in task files, and could ship. */
export function taskProject(): Readonly<Record<string, string>> {
  return {
    "tidegate.config.ts": definition,
    "src/a.c": "",
    [taskPath]: taskFile,
    "01_Machine/03_Brain/Step.json": `{
  "systemStatus": "ready",
  "currentWorkflowStep": "P03-S09-T09",
  "currentPhase": "phase_3",
  "rate": 0.0
}
`,
    "01_Machine/03_Brain/DNA.json": `{
  "metadata": {}, "agents": {},
  "workflow_state": { "current_step": "P03-S09-T09",   "next_step": null },

  "step_definitions": {
    "P03-S09-T08-Data": {
      "agent": "data-agent",
      "task_id": "P03-S09-T08",
      "file_path": "P03-S09-T08.md"
    }
  }
}
`,
  };
}

const definition = `import { defineProject, differs, local, rolling, service, task } from "tidegate";
import { z } from "zod";
const build = task({ run: "make", inputs: ["src/**"], outputs: ["dist/"] });
const test = task({ run: "make test", needs: [build], stage: "verify" });
const web = service({ run: "node dist/server.js", files: ["dist/"], health: "/healthz" });
export default defineProject({
  name: "small",
  pipeline: { build, test },
  services: { web },
  config: { LEVEL: differs(z.enum(["debug", "info"]), "staging is chatty") },
  environments: {
    staging: { driver: local(), strategy: rolling(), config: { LEVEL: "debug" } },
    production: { driver: local(), strategy: rolling(), after: "staging", config: { LEVEL: "info" } },
  },
});
`;

const taskFile = `---
task_id: P03-S09-T09
title: DevOps and Deployment Architecture
previous_task: P03-S09-T08
agent: "@devops-agent"
---
## Output Artifacts Checklist
${documentNames.map((name) => `- [ ] ${vision}/${name} — ${name} (missing)`).join("\n")}

# Add to Brain
- Pipeline: it builds and tests
- Environments: they are alike

# Subtasks
## Subtask-01: The pipeline
- **ID**: P03-T09-S01
  - [a](mdc:${documentNames[0]}), [b](mdc:${documentNames[1]})
  - InternalState: Pipeline designed.
## Subtask-02: The environments
- **ID**: P03-T09-S02
  - [c](mdc:${documentNames[2]}), [d](mdc:${documentNames[3]})
  - InternalState: Environments designed.
`;
