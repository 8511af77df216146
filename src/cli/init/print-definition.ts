import type { Draft, ServiceDraft, TaskDraft } from "./draft.ts";

const widest = 110;

/** The draft as the text of a tidegate.config.ts. */
export function printDefinition(draft: Draft): string {
  const tasks = ordered(draft.tasks);
  const builders = ["defineProject", ...(draft.services.length > 0 ? ["local", "rolling", "service"] : []), "task"];
  return [
    `import { ${builders.join(", ")} } from "tidegate";`,
    "",
    "// A task is cached by what it says it reads: every file that may change its result belongs into `inputs`.",
    ...tasks.flatMap((task) => [...printTask(task), ""]),
    ...draft.services.flatMap((service) => [...printService(service), ""]),
    "export default defineProject({",
    `  name: ${text(draft.name)},`,
    `  pipeline: { ${tasks.map(({ name }) => name).join(", ")} },`,
    ...(draft.services.length > 0 ? environments(draft) : []),
    "});",
    "",
  ].join("\n");
}

/** Needs before those who need them: they are variables. */
function ordered(tasks: readonly TaskDraft[]): TaskDraft[] {
  const done = new Set<string>();
  const visit = (task: TaskDraft): TaskDraft[] => {
    if (done.has(task.name)) return [];
    done.add(task.name);
    return [...tasks.filter(({ name }) => task.needs?.includes(name)).flatMap(visit), task];
  };
  return tasks.flatMap(visit);
}

function printTask(task: TaskDraft): string[] {
  return [
    `const ${task.name} = task({`,
    `  run: ${text(task.run)},`,
    ...(task.needs !== undefined && task.needs.length > 0 ? [`  needs: [${task.needs.join(", ")}],`] : []),
    ...(task.inputs === undefined ? [] : list("inputs", task.inputs)),
    ...(task.outputs === undefined ? [] : list("outputs", task.outputs)),
    ...(task.stage === undefined ? [] : [`  stage: ${text(task.stage)},`]),
    ...(task.uncached === undefined ? [] : [`  cache: false, // ${task.uncached}`]),
    "});",
  ];
}

function printService({ name, run, files }: ServiceDraft): string[] {
  return [
    "// The service gets the port to listen on in PORT. With `health`, it gets requests once that path answers 2xx.",
    `const ${name} = service({`,
    `  run: ${text(run)},`,
    ...list("files", files),
    "});",
  ];
}

function environments({ services }: Draft): string[] {
  return [
    `  services: { ${services.map(({ name }) => name).join(", ")} },`,
    "  environments: {",
    "    staging: { driver: local(), strategy: rolling() },",
    '    production: { driver: local(), strategy: rolling(), after: "staging" },',
    "  },",
  ];
}

function list(key: string, items: readonly string[]): string[] {
  const line = `  ${key}: [${items.map(text).join(", ")}],`;
  return line.length <= widest ? [line] : [`  ${key}: [`, ...items.map((item) => `    ${text(item)},`), "  ],"];
}

function text(value: string): string {
  return JSON.stringify(value);
}
