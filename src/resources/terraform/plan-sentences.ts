import * as v from "valibot";
import { Secret } from "../../secrets/secret.ts";
import type { Outputs } from "../resource.ts";

const attributes = v.nullish(v.record(v.string(), v.unknown()));
const change = v.object({
  actions: v.array(v.string()),
  before: attributes,
  after: attributes,
  after_unknown: v.optional(v.unknown()),
});
const resourceChange = v.object({ address: v.string(), mode: v.optional(v.string()), change });
const outputChange = v.object({ actions: v.array(v.string()) });

/** The part of `terraform show -json PLAN` that is read here; OpenTofu has the same. */
const planSchema = v.object({
  format_version: v.string(),
  terraform_version: v.optional(v.string()),
  resource_changes: v.optional(v.array(resourceChange), []),
  resource_drift: v.optional(v.array(resourceChange), []),
  output_changes: v.optional(v.record(v.string(), outputChange), {}),
});

export type Plan = v.InferOutput<typeof planSchema>;
type ResourceChange = Plan["resource_changes"][number];

/** `undefined` when it is not such a document. */
export function parsePlan(text: string): Plan | undefined {
  const parsed = v.safeParse(planSchema, parseJson(text));
  return parsed.success ? parsed.output : undefined;
}

/** What a plan would do, a sentence for each resource and output. Only names are told: values may be secret. */
export function planSentences({ resource_changes, output_changes }: Plan): string[] {
  return [
    ...managed(resource_changes).flatMap((one) => sentence(one, planned)),
    ...Object.entries(output_changes).flatMap(([name, { actions }]) => outputSentence(name, actions)),
  ];
}

/** What somebody else changed, by a plan that only looked. */
export function driftSentences({ resource_drift }: Plan): string[] {
  return managed(resource_drift).flatMap((one) => sentence(one, drifted));
}

/** What is not as the configuration says. */
export function deviationSentences({ resource_changes }: Plan): string[] {
  return managed(resource_changes).flatMap((one) => sentence(one, deviating));
}

function managed(changes: readonly ResourceChange[]): ResourceChange[] {
  return changes.filter(({ mode }) => mode !== "data");
}

type Action = "create" | "update" | "delete" | "replace";
type Words = Readonly<Record<Action, (address: string, names: string) => string>>;

const planned: Words = {
  create: (address) => `creates ${address}`,
  update: (address, names) => `changes ${address}${names}`,
  delete: (address) => `destroys ${address}`,
  replace: (address, names) => `destroys ${address} and recreates it${names}`,
};

const drifted: Words = {
  create: (address) => `${address} was created outside Tidegate`,
  update: (address, names) => `${address} was changed outside Tidegate${names}`,
  delete: (address) => `${address} is gone`,
  replace: (address, names) => `${address} was replaced outside Tidegate${names}`,
};

const deviating: Words = {
  create: (address) => `${address} is missing`,
  update: (address, names) => `${address} does not match its configuration${names}`,
  delete: (address) => `${address} is no longer in the configuration`,
  replace: (address, names) => `${address} does not match its configuration and has to be recreated${names}`,
};

function sentence({ address, change: one }: ResourceChange, words: Words): string[] {
  const action = actionOf(one.actions);
  return action === undefined ? [] : [words[action](address, changedNames(one))];
}

/** `no-op`, `read` and `forget` change nothing that runs. */
function actionOf(actions: readonly string[]): Action | undefined {
  if (actions.includes("create") && actions.includes("delete")) return "replace";
  return (["create", "update", "delete"] as const).find((action) => actions.includes(action));
}

/** ` (input, tags)`: the attributes that differ, or will only be known afterwards. */
function changedNames({ before, after, after_unknown }: ResourceChange["change"]): string {
  const unknown = v.safeParse(v.record(v.string(), v.unknown()), after_unknown);
  const later = unknown.success ? Object.keys(unknown.output) : [];
  const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  const differing = [...names].filter(
    (name) => !later.includes(name) && JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]),
  );
  return differing.length === 0 ? "" : ` (${differing.sort().join(", ")})`;
}

function outputSentence(name: string, actions: readonly string[]): string[] {
  switch (actionOf(actions)) {
    case "create":
      return [`adds the output ${name}`];
    case "update":
    case "replace":
      return [`changes the output ${name}`];
    case "delete":
      return [`no longer has the output ${name}`];
    case undefined:
      return [];
  }
}

const outputSchema = v.record(v.string(), v.object({ sensitive: v.boolean(), value: v.unknown() }));

/** What `terraform output -json` says; what is no text stands as JSON. `undefined` when it is not such a document. */
export function parseOutputs(text: string): Outputs | undefined {
  const parsed = v.safeParse(outputSchema, parseJson(text));
  if (!parsed.success) return undefined;
  const entries = Object.entries(parsed.output).map(([name, { sensitive, value }]) => {
    const shown = typeof value === "string" ? value : JSON.stringify(value);
    return [name, sensitive ? new Secret(shown) : shown] as const;
  });
  return Object.fromEntries(entries);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
