import { careful } from "./careful.ts";
import { folderProvider } from "./folder/folder-provider.ts";
import type { ResourceKind } from "./kind.ts";
import { postgresProvider } from "./postgres/provider.ts";
import type { ResourceProvider } from "./resource.ts";
import { terraformProvider } from "./terraform/provider.ts";

export type ProviderTable = Readonly<Record<ResourceKind, () => ResourceProvider>>;

/**
 * The one list of providers: whoever adds a kind of resource adds a line. `from`: folders that programs which came with
 * packages are looked for from, besides Tidegate's own.
 */
export function providerTable(from: readonly string[] = []): ProviderTable {
  return {
    folder: () => folderProvider(),
    postgres: () => postgresProvider({ from }),
    terraform: () => terraformProvider(),
  };
}

/** Each provider once, careful: what it keeps in memory is for all environments. */
export class Providers {
  readonly #made = new Map<ResourceKind, ResourceProvider>();
  readonly #table: ProviderTable;

  /** `table`: those that only look need no folders; tests have providers of their own. */
  constructor(table: ProviderTable = providerTable()) {
    this.#table = table;
  }

  of(kind: ResourceKind): ResourceProvider {
    const made = this.#made.get(kind) ?? careful(this.#table[kind]());
    this.#made.set(kind, made);
    return made;
  }

  /** All of them, for what they have to do as long as the agent lives. */
  all(): readonly ResourceProvider[] {
    return (Object.keys(this.#table) as ResourceKind[]).map((kind) => this.of(kind));
  }
}
