import type { Variables } from "../../git/ask-git.ts";
import type { Draft, StackDraft, TaskDraft } from "./draft.ts";
import type { Repository } from "./repository.ts";
import { dockerStack } from "./stacks/docker.ts";
import { goStack } from "./stacks/go.ts";
import { javaStack } from "./stacks/java.ts";
import { nodeStack } from "./stacks/node.ts";
import { pythonStack } from "./stacks/python.ts";
import { rustStack } from "./stacks/rust.ts";
import { leftRemarks, takeOver } from "./takeover/take-over.ts";
import { withTornOutputs } from "./takeover/torn-outputs.ts";
import { filesInGit, withoutTrackedOutputs } from "./takeover/tracked-outputs.ts";

const stacks = [
  { key: "node", detect: nodeStack },
  { key: "python", detect: pythonStack },
  { key: "go", detect: goStack },
  { key: "rust", detect: rustStack },
  { key: "java", detect: javaStack },
] as const;

/** Drafts a definition from what is in the repository. Several toolchains are several groups of tasks. */
export async function detect(repository: Repository, folder: string, variables: Variables): Promise<Draft> {
  const taken = await takeOver(repository, folder, variables);
  if (taken !== undefined) return { ...taken, name: projectName([nodeStack(repository)!], repository), services: [] };
  const found = stacks.flatMap(({ key, detect }) => {
    const stack = detect(repository);
    return stack === undefined ? [] : [{ key, stack }];
  });
  const isAlone = found.length < 2;
  const tasks = found.flatMap(({ key, stack }) => (isAlone ? stack.tasks : prefixed(key, stack.tasks)));
  const docker = dockerStack(repository);
  const image = docker?.tasks.map((task) => ({ ...task, needs: endsOf(tasks) })) ?? [];
  const all = [...tasks, ...image];
  const kept = await withoutTracked(all, folder, variables);
  return {
    name: projectName(
      found.map(({ stack }) => stack),
      repository,
    ),
    found: [...found.map(({ stack }) => stack.found), ...(docker === undefined ? [] : [docker.found])],
    ...(kept.left.length > 0 && { left: kept.left, remarks: leftRemarks(kept.left) }),
    tasks: all.length > 0 ? kept.tasks : [placeholder],
    services: found.flatMap(({ stack }) => stack.services ?? []),
  };
}

async function withoutTracked(tasks: readonly TaskDraft[], folder: string, variables: Variables) {
  const all = { found: "", tasks, packages: [], remarks: [], left: [] };
  return withTornOutputs(withoutTrackedOutputs(all, { packages: [] }, await filesInGit(folder, variables)));
}

const placeholder: TaskDraft = {
  name: "hello",
  run: "echo put your build command here",
  uncached: "say in `inputs` what it reads, then it can be cached",
};

/** `test` of Python beside Node becomes `pythonTest`. */
function prefixed(key: string, tasks: readonly TaskDraft[]): TaskDraft[] {
  const rename = (name: string) => `${key}${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  return tasks.map((task) => ({
    ...task,
    name: rename(task.name),
    ...(task.needs === undefined ? {} : { needs: task.needs.map(rename) }),
  }));
}

/** Tasks that no other needs. */
function endsOf(tasks: readonly TaskDraft[]): string[] {
  const needed = new Set(tasks.flatMap((task) => task.needs ?? []));
  return tasks.map((task) => task.name).filter((name) => !needed.has(name));
}

/** Lower-case letters, digits and dashes, out of whatever the toolchain or the folder is called. */
function projectName(found: readonly StackDraft[], repository: Repository): string {
  const raw = found.find((stack) => stack.name !== undefined)?.name ?? repository.name;
  const name = raw
    .replace(/^@[^/]*\//, "")
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[-0-9]+|-+$/g, "")
    .slice(0, 40);
  return name === "" ? "project" : name;
}
