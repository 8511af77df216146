import type { BackupOptions, Resource } from "../definition/types.ts";
import type { BackupSpec, ResourceSpec } from "../records/resource.ts";

export type ResourceKind = ResourceSpec["resource"];

/** What is known of a kind of resource without looking at one: pure, from its definition and its spec alone. */
export interface ResourceKindFacts<S extends ResourceSpec = ResourceSpec, R extends Resource = Resource> {
  /** What an environment wants to have, with every default filled in. */
  specOf(name: string, resource: R, place: SpecPlace): S;
  /** The same where somebody else looks after it. `urlKey`: the secret with its URL. Left out: that cannot be. */
  externalSpec?(spec: S, urlKey: string): S;
  /** A word for it, and what else makes one another than the other; the same wherever the checkout lies. */
  told(spec: S): { readonly word: string; readonly options?: Readonly<Record<string, unknown>> };
  /** The version that has to answer: "16" stands for every 16.x. Left out: it has none. */
  version?(spec: S): string;
  /** The secrets of the environment that are needed to come to it. Left out: none. */
  secrets?(spec: S): readonly string[];
}

/** What a definition's paths and backups are made of. */
export interface SpecPlace {
  /** The project's folder, absolute. */
  readonly folder: string;
  backup(options?: BackupOptions): BackupSpec;
}
