import type { Failure } from "../../errors/failure.ts";
import { redactText } from "../../secrets/redaction/redact.ts";
import type { ResourceContext } from "../resource.ts";
import type { TerraformSpec } from "./kind.ts";

/** So many lines of what the program said last stand in a failure. */
const mostLines = 20;

/** What its errors say that people can mend, and how. */
const known: readonly { readonly said: RegExp; readonly message: string; readonly hint: (dir: string) => string }[] = [
  {
    said: /initialization required/i,
    message: "its configuration keeps its state somewhere else",
    hint: (dir) => `Remove the \`backend\` or \`cloud\` block from ${dir}: each environment has its own state here.`,
  },
  {
    said: /Provider dependency changes detected|Inconsistent dependency lock file/,
    message: "its providers are not those of its lock file",
    hint: (dir) => `Run, and commit .terraform.lock.hcl: terraform -chdir=${dir} init`,
  },
  {
    said: /Error acquiring the state lock/,
    message: "another process is changing it right now",
    hint: () => "Wait until that has ended, then try again.",
  },
];

/** What came of a call that ended with an error. `doing`: "could not be planned". */
export function callFailed(spec: TerraformSpec, doing: string, said: string, context: ResourceContext): Failure {
  const cause = tellable(said, context);
  const one = known.find((each) => each.said.test(said));
  const message = `Resource "${spec.name}" ${doing}${one === undefined ? "" : `: ${one.message}`}`;
  return { code: "resource-failed", message, cause, ...(one !== undefined && { hint: one.hint(spec.dir) }) };
}

export function notAnswered(spec: TerraformSpec, said: string, context: ResourceContext): Failure {
  const message = `Resource "${spec.name}" cannot be inspected`;
  return { code: "resource-unreachable", message, cause: tellable(said, context) };
}

export function noProgram({ name, program }: TerraformSpec): Failure {
  const wanted = program ?? "terraform or tofu";
  const message = `Resource "${name}" needs ${wanted}, which is not on the PATH`;
  const hint =
    "Install it (https://developer.hashicorp.com/terraform/install, https://opentofu.org/docs/intro/install).";
  return { code: "resource-failed", message, hint };
}

export function noConfiguration({ name, dir }: TerraformSpec): Failure {
  const message = `Resource "${name}" has no configuration: there is no .tf file in ${dir}`;
  return { code: "invalid-definition", message, hint: "Write one there, or change `dir` in the definition." };
}

export function neverMade({ name }: TerraformSpec, environment: string): Failure {
  const message = `Resource "${name}" of ${environment} was never created`;
  return { code: "unknown-resource", message, hint: `Make it: tidegate env create ${environment}` };
}

/** The ledger has a folder that no workspace of the state can be in. */
export const folderElsewhere: Failure = {
  code: "state-damaged",
  message: "The ledger names a Terraform folder that is not part of the state",
  hint: "Restore the state from a backup; nothing was touched.",
};

export function stateNotUnderstood({ name }: TerraformSpec, { environment }: ResourceContext, path: string): Failure {
  const message = `The state of resource "${name}" is not understood: ${path}`;
  return {
    code: "resource-unreachable",
    message,
    hint: `See what the program says about it: tidegate drift ${environment}`,
  };
}

/** From the first error on, without frames and secrets. */
function tellable(said: string, { secrets }: ResourceContext): string {
  const from = said.search(/^.{0,4}Error: /m);
  const lines = said
    .slice(Math.max(from, 0))
    .split("\n")
    .map((line) => line.replace(/^[╷│╵]\s?/u, "").trimEnd())
    .filter((line) => line !== "");
  const shown = from === -1 ? lines.slice(-mostLines) : lines.slice(0, mostLines);
  return redactText(shown.join("\n"), [...secrets.values()]);
}
