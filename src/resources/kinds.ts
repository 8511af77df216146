import type { Resource } from "../definition/types.ts";
import type { ResourceSpec } from "../records/resource.ts";
import { folderKind } from "./folder/kind.ts";
import type { ResourceKind, ResourceKindFacts, SpecPlace } from "./kind.ts";
import { postgresKind } from "./postgres/kind.ts";
import { terraformKind } from "./terraform/kind.ts";

type KindTable = {
  readonly [K in ResourceKind]: ResourceKindFacts<
    Extract<ResourceSpec, { readonly resource: K }>,
    Extract<Resource, { readonly resource: K }>
  >;
};

/** The one list of what is known without looking, beside the one of providers: whoever adds a kind of resource adds a line. */
const kinds: KindTable = { folder: folderKind, postgres: postgresKind, terraform: terraformKind };

/** Of the kind of a spec, or of a resource of the definition. */
export function kindOf({ resource }: { readonly resource: ResourceKind }): ResourceKindFacts {
  return kinds[resource] as ResourceKindFacts;
}

/** What an environment wants to have of a resource of the definition. */
export function specOf(name: string, resource: Resource, place: SpecPlace): ResourceSpec {
  return kindOf(resource).specOf(name, resource, place);
}

/** The version that has to answer; `undefined`: it has none. */
export function wantedVersion(spec: ResourceSpec): string | undefined {
  return kindOf(spec).version?.(spec);
}

/** The secrets of the environment that are needed to look at it. */
export function neededSecrets(spec: ResourceSpec): readonly string[] {
  return kindOf(spec).secrets?.(spec) ?? [];
}
