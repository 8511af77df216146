import type { Variables } from "../../git/ask-git.ts";
import { readDockerfile } from "./dockerfile.ts";
import type { Draft, ServiceDraft, StackDraft, TaskDraft } from "./draft.ts";
import { givenVariables } from "./given-variables.ts";
import { hostLabelOf, keyOf } from "./identifiers.ts";
import type { Repository } from "./repository.ts";
import { dockerNote, dockerService, dockerStack } from "./stacks/docker.ts";
import { goStack } from "./stacks/go/go.ts";
import { javaStack } from "./stacks/java.ts";
import { nodeStack } from "./stacks/node.ts";
import { nodeFolders } from "./stacks/node-folders.ts";
import { pythonStack } from "./stacks/python/python.ts";
import { rustStack } from "./stacks/rust.ts";
import { staticStack } from "./stacks/static.ts";
import { leftRemarks, takeOver } from "./takeover/take-over.ts";
import { withTornOutputs } from "./takeover/torn-outputs.ts";
import { filesInGit, withoutTrackedOutputs } from "./takeover/tracked-outputs.ts";

const stacks = [
  { key: "node", detect: (repository: Repository) => nodeStack(repository) ?? nodeFolders(repository) },
  { key: "python", detect: pythonStack },
  { key: "go", detect: goStack },
  { key: "rust", detect: rustStack },
  { key: "java", detect: javaStack },
] as const;

interface Found {
  readonly key: string;
  readonly stack: StackDraft;
}

/** Drafts a definition from what is in the repository. Several toolchains are several groups of tasks. */
export async function detect(repository: Repository, folder: string, variables: Variables): Promise<Draft> {
  const taken = await takeOver(repository, folder, variables);
  if (taken !== undefined) {
    const name = projectName([nodeStack(repository)!], repository);
    return withBackends({ ...taken, name }, repository, folder, variables);
  }
  const found = withSite(await findStacks(stacks, repository, variables), repository, variables);
  const isAlone = found.filter(({ stack }) => stack.tasks.length > 0).length < 2;
  const tasks = found.flatMap(({ key, stack }) =>
    isAlone || stack.isNamed ? stack.tasks : prefixed(stack.folder ?? key, stack.tasks),
  );
  const dockerfile = readDockerfile(repository);
  const docker = dockerStack(repository);
  const inImage = dockerfile && found.length === 0 ? dockerService(repository, dockerfile, variables) : undefined;
  const services = inImage === undefined ? together(found) : [inImage];
  const image = tasks.length + services.length === 0 ? (docker?.tasks ?? []) : [];
  const all = [...tasks, ...image];
  const config = services.some((service) => "run" in service) ? givenVariables(repository) : [];
  const inGit = await filesInGit(folder, variables);
  const kept = withoutTracked(all, inGit.files);
  const left = [...found.flatMap(({ stack }) => stack.left ?? []), ...kept.left];
  const notes = found.flatMap(({ stack }) => stack.notes ?? []);
  const beside = dockerfile === undefined || image.length > 0 ? [] : [dockerNote(dockerfile)];
  const remarks = [...found.flatMap(({ stack }) => stack.remarks ?? []), ...beside, ...notes, ...leftRemarks(left)];
  return {
    name: projectName(
      found.map(({ stack }) => stack),
      repository,
    ),
    found: [...found.map(({ stack }) => stack.found), ...(docker === undefined ? [] : [docker.found])],
    ...sharedInputs(kept.tasks),
    ...(left.length > 0 && { left }),
    ...(notes.length + inGit.notes.length > 0 && { notes: [...notes, ...inGit.notes] }),
    ...(remarks.length > 0 && { remarks }),
    tasks: all.length > 0 || services.length > 0 ? kept.tasks : [placeholder],
    services,
    ...(config.length > 0 && { config }),
  };
}

async function findStacks(
  among: readonly (typeof stacks)[number][],
  repository: Repository,
  variables: Variables,
): Promise<Found[]> {
  const drafts = among.map(async ({ key, detect }) => ({ key, stack: await detect(repository, variables) }));
  return (await Promise.all(drafts)).flatMap(({ key, stack }) => (stack === undefined ? [] : [{ key, stack }]));
}

/** Pages beside a program are its own. */
function withSite(found: readonly Found[], repository: Repository, variables: Variables): readonly Found[] {
  const isServed = found.some(({ key, stack }) => key === "node" || (stack.services ?? []).length > 0);
  const stack = isServed ? undefined : staticStack(repository, variables, found.length === 0);
  return stack === undefined ? found : [...found, { key: "site", stack }];
}

/** A workspace of packages may have its backend in another language; what serves nobody there is left to people. */
async function withBackends(
  taken: Draft,
  repository: Repository,
  folder: string,
  variables: Variables,
): Promise<Draft> {
  const others = stacks.filter(({ key }) => key !== "node");
  const all = await findStacks(others, repository, variables);
  const found = all.filter(({ stack }) => (stack.services ?? []).length > 0);
  if (found.length === 0) return taken;
  const mine: Found = { key: "node", stack: { found: "", tasks: [], services: taken.services } };
  const tasks = found.flatMap(({ key, stack }) => prefixed(stack.folder ?? key, stack.tasks));
  const kept = withoutTracked(tasks, (await filesInGit(folder, variables)).files);
  const left = [...found.flatMap(({ stack }) => stack.left ?? []), ...kept.left];
  const notes = found.flatMap(({ stack }) => stack.notes ?? []);
  const remarks = found.flatMap(({ stack }) => stack.remarks ?? []);
  return {
    ...taken,
    found: [...taken.found, ...found.map(({ stack }) => stack.found)],
    tasks: [...taken.tasks, ...kept.tasks],
    services: together([...(taken.services.length > 0 ? [mine] : []), ...found]),
    left: [...(taken.left ?? []), ...left],
    notes: [...(taken.notes ?? []), ...notes],
    remarks: [...(taken.remarks ?? []), ...remarks, ...notes, ...leftRemarks(left)],
  };
}

function withoutTracked(tasks: readonly TaskDraft[], tracked: readonly string[]) {
  const all = { found: "", tasks, packages: [], remarks: [], left: [] };
  return withTornOutputs(withoutTrackedOutputs(all, { packages: [] }, tracked));
}

const fewInputs = 6;

/** Patterns with which the inputs of several tasks begin get a name, where they are many. */
function sharedInputs(tasks: readonly TaskDraft[]): Pick<Draft, "files"> {
  const lists = tasks.flatMap(({ inputs = [] }) => (inputs.length >= fewInputs ? [inputs] : []));
  const shortest = [...lists].sort((a, b) => a.length - b.length)[0] ?? [];
  const using = lists.filter((inputs) => shortest.every((pattern, index) => inputs[index] === pattern));
  return using.length > 1 ? { files: shortest } : {};
}

const placeholder: TaskDraft = {
  name: "hello",
  run: "echo put your build command here",
  uncached: "list what it reads in `inputs` and it can be cached",
};

/** The services of all toolchains. Two cannot take the same requests, nor have the same name. */
function together(found: readonly Found[]): ServiceDraft[] {
  const all = found.flatMap(({ key, stack }) => (stack.services ?? []).map((service) => ({ key, stack, service })));
  const first = all[0]?.key;
  return all.map(({ key, stack, service }) => {
    if (key === first) return service;
    const name = keyOf(stack.folder ?? key);
    const host = hostLabelOf(name);
    const remark =
      `Another service has the environment's own address; this one is at http://${host}.… For a part of that one's paths, ` +
      'write route: "/api" instead of host.';
    return { ...service, name, host, remarks: [...(service.remarks ?? []), remark] };
  });
}

/** `test` of Python beside Node becomes `pythonTest`. */
function prefixed(key: string, tasks: readonly TaskDraft[]): TaskDraft[] {
  const rename = (name: string) => keyOf(`${key}${name.charAt(0).toUpperCase()}${name.slice(1)}`);
  return tasks.map((task) => ({
    ...task,
    name: rename(task.name),
    ...(task.needs === undefined ? {} : { needs: task.needs.map(rename) }),
  }));
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
