import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { writeFileAtomic } from "../../files/write-atomic.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { Made, ResourceHost } from "../resource.ts";

export type TerraformSpec = Extract<ResourceSpec, { readonly resource: "terraform" }>;

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

/** @throws when the ledger names a folder that is not the host's. */
export function workspaceOf({ folder: root }: ResourceHost, made: Made): Workspace {
  const folder = resolve(root, String(made.folder));
  if (!folder.startsWith(`${resolve(root)}${sep}`)) throw new Error(`The ledger names a folder elsewhere: ${folder}`);
  return {
    folder,
    state: join(folder, "terraform.tfstate"),
    data: join(folder, "data"),
    variables: join(folder, "variables.tfvars.json"),
    plan: join(folder, "plan"),
    log: join(folder, "output.log"),
    running: join(folder, "running.json"),
    empty: join(folder, "empty"),
  };
}

/** An entry of the environment that the processes of a workspace have in common. Without spaces: see `hasMark`. */
export function markOf({ folder }: Workspace): { readonly name: string; readonly value: string } {
  return { name: "TIDEGATE_TERRAFORM", value: createHash("sha256").update(folder).digest("hex").slice(0, 32) };
}

/** Writes the variables down for the program: a command line can be read by every process of the machine. */
export function writeVariables(path: string, { variables }: TerraformSpec, environment: string): void {
  const filled = Object.entries(variables).map(([name, text]) => [name, text.replaceAll("{environment}", environment)]);
  writeFileAtomic(path, JSON.stringify(Object.fromEntries(filled)));
}

/** How many resources the state knows; 0 when nothing was ever made, `undefined` when it cannot be understood. */
export function resourcesInState({ state }: Workspace): number | undefined {
  if (!existsSync(state)) return 0;
  try {
    const { resources } = JSON.parse(readFileSync(state, "utf8")) as { resources?: unknown };
    return Array.isArray(resources) ? resources.length : undefined;
  } catch {
    return undefined;
  }
}
