import { basename } from "node:path";
import type { Project } from "../../definition/types.ts";
import type { GraphTask } from "../../graph/graph.ts";
import { programsOf } from "../../inputs/tools.ts";
import { toArgv } from "../../process/command.ts";
import type { DeclaredTool } from "../facts/declared.ts";
import { keyOf } from "./key.ts";

/** What a shell does itself, or what says nothing about how the project is built. */
const everyday = new Set(
  "sh bash cd cp mv rm mkdir echo test true false exit export set cat touch ls env sleep".split(" "),
);

/**
 * The tools that the definition names: programs of commands, and the parts of Tidegate that it chose. Each once, with what
 * uses it; the first place that names it is its key.
 */
export function declareTools(project: Project, tasks: readonly GraphTask[]): DeclaredTool[] {
  const found = [...programs(project, tasks), ...chosenParts(project)];
  const groups = Map.groupBy(found, ({ role, name }) => `${role} ${name}`);
  return [...groups.values()].map(([first, ...others]) => {
    const because = [first!, ...others].find((one) => one.because !== undefined)?.because;
    const usedBy = [...new Set([first!, ...others].flatMap((one) => one.usedBy))];
    return { ...first!, usedBy, ...(because !== undefined && { because }) };
  });
}

/** Why a task or a service is as it is says nothing of the program that it calls. */
function programs(project: Project, tasks: readonly GraphTask[]): DeclaredTool[] {
  const ofTasks = tasks.flatMap(({ name, task, path, package: of }) => {
    const commands = of === undefined ? [task.run] : of.steps.map(({ run }) => run);
    return commands.flatMap((run) => toolsOf(run, keyOf([...path, "run"]), name));
  });
  const ofServices = Object.entries(project.services).flatMap(([name, { run, migrate }]) => [
    ...toolsOf(run, `services.${name}.run`, name),
    ...(migrate === undefined ? [] : toolsOf(migrate, `services.${name}.migrate`, name)),
  ]);
  const ofGates = Object.entries(project.environments).flatMap(([name, { gates = [] }]) =>
    gates.flatMap((gate, index) =>
      gate.gate === "check" ? toolsOf(gate.run, `environments.${name}.gates.${index}.run`, gate.name) : [],
    ),
  );
  return [...ofTasks, ...ofServices, ...ofGates];
}

function toolsOf(run: string | readonly [string, ...string[]], key: string, usedBy: string): DeclaredTool[] {
  const names = programsOf(toArgv(run)).map((program) => basename(program));
  return [...new Set(names)]
    .filter((name) => !everyday.has(name))
    .map((name) => ({ name, key, role: "program", usedBy: [usedBy] }));
}

function chosenParts({ environments, resources = {}, config }: Project): DeclaredTool[] {
  const ofEnvironments = Object.entries(environments).flatMap(([name, { driver, strategy }]): DeclaredTool[] => [
    part("driver", driver.driver, `environments.${name}.driver`, name, driver.because),
    part("strategy", strategy.strategy, `environments.${name}.strategy`, name, strategy.because),
  ]);
  const ofResources = Object.entries(resources).map(([name, { resource, because }]) =>
    part("resource", resource, `resources.${name}`, name, because),
  );
  const secrets = Object.entries(config).flatMap(([name, declaration]) => {
    if ("~standard" in declaration || declaration.kind !== "secret") return [];
    const source = declaration.from?.source ?? "SOPS files with age";
    return [part("secrets", source, `config.${name}`, name, undefined)];
  });
  return [...ofEnvironments, ...ofResources, ...secrets];
}

function part(
  role: DeclaredTool["role"],
  name: string,
  key: string,
  usedBy: string,
  because: string | undefined,
): DeclaredTool {
  return { name, key, role, usedBy: [usedBy], ...(because !== undefined && { because }) };
}
