import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import * as v from "valibot";
import { failed, ok, type Result } from "../../errors/result.ts";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { Made, ResourceContext, ResourceHost } from "../resource.ts";
import { folderElsewhere } from "./failures.ts";
import type { TerraformSpec } from "./kind.ts";

/**
 * Where one environment's part of a configuration is kept: private, outside of the checkout, which is never written to. All
 * paths are absolute.
 */
export interface Workspace {
  readonly folder: string;
  /** What Terraform knows of what it made. It may hold secrets. */
  readonly state: string;
  /** Providers and modules, as `init` fetched them. */
  readonly data: string;
  readonly variables: string;
  /** A plan that waits to be applied; it may hold secrets. */
  readonly plan: string;
  /** What the program says while it changes something: a file outlives whoever reads it. */
  readonly log: string;
  /** Which process changes something now. */
  readonly running: string;
  /** A folder without a configuration. */
  readonly empty: string;
}

/** What stands in the ledger: the folder of the workspace, relative to the host's. */
export function madeFor(environment: string, name: string): Made {
  return { folder: `terraform/${environment}/${name}` };
}

/** Fails when the ledger names a folder that is not the host's. */
export function workspaceOf({ folder: root }: Pick<ResourceHost, "folder">, made: Made): Result<Workspace> {
  const folder = resolve(root, String(made.folder));
  if (!folder.startsWith(`${resolve(root)}${sep}`)) return failed(folderElsewhere);
  return ok({
    folder,
    state: join(folder, "terraform.tfstate"),
    data: join(folder, "data"),
    variables: join(folder, "variables.tfvars.json"),
    plan: join(folder, "plan"),
    log: join(folder, "output.log"),
    running: join(folder, "running.json"),
    empty: join(folder, "empty"),
  });
}

/** The workspace of what was made; `undefined` when nothing was, or its state is not there. */
export function madeWorkspace({
  folder,
  made,
}: Pick<ResourceContext, "folder" | "made">): Result<Workspace | undefined> {
  if (made === undefined) return ok(undefined);
  const workspace = workspaceOf({ folder }, made);
  return workspace.ok && !existsSync(workspace.value.state) ? ok(undefined) : workspace;
}

/** An entry of the environment that the processes of a workspace have in common. Without spaces: see `hasMark`. */
export function markOf({ folder }: Workspace): { readonly name: string; readonly value: string } {
  return { name: "TIDEGATE_TERRAFORM", value: createHash("sha256").update(folder).digest("hex").slice(0, 32) };
}

/** Writes the variables down for the program: a command line can be read by every process of the machine. */
export function writeVariables(path: string, { variables }: TerraformSpec, environment: string): void {
  writeFileAtomic(path, JSON.stringify(filledIn(variables, environment)));
}

/** Texts of the definition with `{environment}` filled in. */
export function filledIn(texts: Readonly<Record<string, string>>, environment: string): Record<string, string> {
  const filled = Object.entries(texts).map(([name, text]) => [name, text.replaceAll("{environment}", environment)]);
  return Object.fromEntries(filled);
}

const stateSchema = v.object({ resources: v.array(v.unknown()), terraform_version: v.optional(v.string()) });

/** What stands in a state: what it knows of, and the version of the program that wrote it. */
export type State = v.InferOutput<typeof stateSchema>;

/** Without the program; without resources when nothing was ever made, `undefined` when it cannot be understood. */
export function readState({ state }: Workspace): State | undefined {
  if (!existsSync(state)) return { resources: [] };
  try {
    const parsed = v.safeParse(stateSchema, JSON.parse(readFileSync(state, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
