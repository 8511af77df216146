import type { Package } from "./workspace.ts";

/** A tool as it is measured: how a workspace is set up for it, and how it is called to do all there is to do. */
export interface Contender {
  readonly name: string;
  /** Its packages in the registry, with exact versions; what a workspace that uses it would install. */
  readonly pins: Readonly<Record<string, string>>;
  /** Whether it starts npm for every task, which takes minutes for many: then a cold run of 1,000 packages is left out. */
  readonly startsNpm?: boolean;
  setUp(packages: readonly Package[]): SetUp;
  /** Of `build` and `test` in all packages. `tools`: the folder that the pins are installed in. */
  command(folder: string, tools: string): Command;
  /** Paths of its cache and state in a workspace: without them it has never run. */
  readonly state: readonly string[];
  /** The same in each package. */
  readonly packageState?: readonly string[];
  /** Telemetry, daemons, clouds and questions off. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SetUp {
  readonly files: Readonly<Record<string, string>>;
  readonly rootManifest?: object;
  readonly manifest: (each: Package) => object;
}

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}
