import { join } from "node:path";
import type { Contender } from "../contender.ts";
import { commands } from "../workspace.ts";

const root = join(import.meta.dirname, "../../..");

/** The built package of this repository. */
export const tidegate: Contender = {
  name: "tidegate",
  pins: {},
  setUp: (packages) => ({
    files: { "tidegate.config.ts": definition(packages.length) },
    manifest: () => ({ scripts: commands }),
  }),
  command: () => ({ file: process.execPath, args: [join(root, "dist/bin.js"), "run"] }),
  state: [".tidegate"],
};

function definition(count: number): string {
  return `import { defineProject, type Task, task } from "tidegate";

const pipeline: Record<string, Task> = {};
const builds: Task[] = [];
for (let index = 0; index < ${count}; index += 1) {
  const folder = \`packages/p\${index}\`;
  const above = builds[Math.floor((index - 1) / 2)];
  const build = task({
    run: \`cd \${folder} && ${commands.build}\`,
    needs: above === undefined ? [] : [above],
    inputs: [\`\${folder}/src/**\`, \`\${folder}/package.json\`],
    outputs: [\`\${folder}/dist/\`],
  });
  builds.push(build);
  pipeline[\`p\${index}-build\`] = build;
  pipeline[\`p\${index}-test\`] = task({
    run: \`cd \${folder} && ${commands.test}\`,
    needs: [build],
    inputs: [\`\${folder}/package.json\`],
    stage: "verify",
  });
}

export default defineProject({ name: "bench", pipeline });
`;
}
