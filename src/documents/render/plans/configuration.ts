import type { DeclaredConfig } from "../../facts/declared.ts";
import type { Facts } from "../../facts/facts.ts";
import { linesWith } from "../../lines-with.ts";
import { type DocumentName, schemaIds } from "../../names.ts";
import type { ConfigurationPlan } from "../../plan-schemas.ts";
import { notYetIn } from "../../rows.ts";
import { byDefault, declared, observed } from "../../source.ts";
import { print } from "../notes.ts";

const name = "Configuration_Management_Plan.json" satisfies DocumentName;

/** `Configuration_Management_Plan.json`: every key, where it is written, who may change it; never a secret's value. */
export function configurationPlan(facts: Facts): string {
  const { declared: said, gathered } = facts;
  const plan: ConfigurationPlan = {
    $schema: schemaIds[name],
    project: said.project,
    gathered,
    environments: said.environments.map((one) => one.name),
    keys: said.config.map((key) => configKey(key, facts)),
    secretsFiles: secretsFiles(facts),
    signers: { names: facts.observed.secrets?.signers ?? [], source: observed(facts.observed.secrets?.at) },
    renewals: (facts.observed.secrets?.renewals ?? []).map((one) => ({
      ...one,
      source: observed(facts.observed.secrets?.at),
    })),
    layers: layers(said.secretsPath),
    changeControl: changeControl(),
    audit: audit(),
    notYet: [...notYetIn(name, "keys")],
    notes: {},
  };
  return print(plan);
}

function configKey({ key, values, ...config }: DeclaredConfig, { declared: said, observed: seen }: Facts) {
  const isSecret = config.kind === "secret";
  const change = seen.changes.find((one) => one.key === config.name);
  const commit = `git log -1 "${linesWith(config.name)}" -- tidegate.config.ts`;
  return {
    ...config,
    isSecret,
    source: declared(key),
    values: values.map(({ key: place, ...value }) => ({ ...value, source: declared(place) })),
    writtenIn: isSecret && config.from === "file" ? said.secretsPath : "tidegate.config.ts",
    mayChange: isSecret ? "recipients of the secrets file" : "whoever may merge to the repository",
    usedBy: said.services.map((one) => one.name),
    lastChange:
      change === undefined ? { commit, source: observed() } : { at: change.at, commit, source: observed(change.at) },
  };
}

function secretsFiles({ observed: { secrets } }: Facts) {
  return (secrets?.files ?? []).map((file) => ({ ...file, source: observed(secrets?.at) }));
}

function layers(secretsPath: string) {
  const all = [
    { layer: "default", what: "the schema's default", writtenIn: "config" },
    { layer: "environment", what: "the environment's own value, for keys that differ", writtenIn: "environments" },
    { layer: "secret", what: "the secret's source", writtenIn: secretsPath },
    { layer: "set", what: "by hand, for one deployment", writtenIn: "--set KEY=VALUE" },
  ];
  return all.map((one) => ({ ...one, source: byDefault("config") }));
}

function changeControl(): ConfigurationPlan["changeControl"] {
  const source = byDefault("config");
  return [
    { step: "a wrong key or value is a type error in the editor", mode: "automated", source },
    { step: "tidegate check checks every key of every environment", mode: "automated", source },
    { step: "somebody else reviews the change", mode: "manual", source },
    { step: "tidegate plan shows each value before and after", mode: "automated", source },
    { step: "a wrong or missing value is refused before anything is touched", mode: "automated", source },
  ];
}

function audit() {
  return [
    { what: "who changed the definition or a secrets file, and when", where: "git log" },
    { what: "what each deployment changed, and who asked for it", where: "tidegate history" },
    { what: "what was set by hand", where: "tidegate status, tidegate history" },
    { what: "where a value comes from", where: "tidegate config explain KEY" },
  ].map((one) => ({ ...one, source: byDefault("config") }));
}
