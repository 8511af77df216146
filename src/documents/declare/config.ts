import { applySchema } from "../../config/apply-schema.ts";
import { type Declaration, declarationsOf } from "../../config/declare.ts";
import { givenBy } from "../../config/resolve.ts";
import { configSchema } from "../../config/schema.ts";
import { toText } from "../../config/to-text.ts";
import type { Project } from "../../definition/types.ts";
import type { DeclaredConfig } from "../facts/declared.ts";

/** Every config key, in the order of the definition. Of a secret only what is known without its value. */
export async function declareConfig(project: Project, environments: readonly string[]): Promise<DeclaredConfig[]> {
  const { keys } = configSchema(project) as { readonly keys: Readonly<Record<string, { readonly schema: unknown }>> };
  return Promise.all(
    declarationsOf(project).map(async (declaration): Promise<DeclaredConfig> => {
      const { key: name } = declaration;
      const common = { name, key: `config.${name}`, schema: keys[name]?.schema ?? {} };
      switch (declaration.kind) {
        case "value":
          return { ...common, kind: "value", ...(await defaultOf(declaration)), values: [] };
        case "differs": {
          const { reason, until, owner, isAddress } = declaration;
          const about = { reason, ...(until !== undefined && { until }), ...(owner !== undefined && { owner }) };
          const values = valuesOf(project, environments, name, isAddress === true);
          return {
            ...common,
            kind: isAddress ? "address" : "differs",
            ...(await defaultOf(declaration)),
            ...about,
            values,
          };
        }
        case "secret": {
          const { shared, from } = declaration;
          const about = shared === undefined ? {} : { isShared: true as const, reason: shared };
          return { ...common, kind: "secret", from: from?.source ?? "file", ...about, values: [] };
        }
        default:
          return declaration satisfies never;
      }
    }),
  );
}

async function defaultOf({ schema }: Declaration): Promise<{ readonly default?: string }> {
  const applied = await applySchema(schema, undefined);
  return applied.ok && applied.value !== undefined ? { default: shown(applied.value) } : {};
}

function valuesOf(project: Project, environments: readonly string[], name: string, isAddress: boolean) {
  return environments.flatMap((environment) => {
    const given = givenBy(project, environment) ?? {};
    if (!Object.hasOwn(given, name) || given[name] === undefined) return [];
    const key = isAddress ? `environments.${environment}.driver` : `environments.${environment}.config.${name}`;
    return [{ environment, key, value: shown(given[name]) }];
  });
}

function shown(value: unknown): string {
  const text = toText(value);
  return text.state === "text" ? text.text : `(${text.state})`;
}
