import { tempFolder } from "../support/temp-folder.ts";

/** A project whose tasks are scripts of its own, so that nothing has to be installed. */
export function scriptProject(tasks: string, files: Readonly<Record<string, string>> = {}, name?: string): string {
  const names = [...tasks.matchAll(/^const (\w+) = task\(/gm)].map(([, task]) => task);
  const definition = `import { defineProject, task } from "tidegate";

${tasks}

export default defineProject({ name: "scripts", pipeline: { ${names.join(", ")} } });
`;
  return tempFolder({ "tidegate.config.ts": definition, ...files }, name);
}
