import type { KeyedDigest } from "../place.ts";
import type { Children } from "./children.ts";
import type { Copies } from "./copies/copies.ts";
import type { Protection } from "./copies/protection.ts";
import type { Home } from "./home.ts";
import type { LimitGroups } from "./limits/limit-groups.ts";
import type { OutputKeeper } from "./output-keeper.ts";
import type { Ports } from "./ports.ts";
import type { PrivateFiles } from "./private-files.ts";

/** What the works of the driver work with. */
export interface Context {
  readonly home: Home;
  readonly children: Children;
  readonly copies: Copies;
  readonly protection: Protection;
  readonly output: OutputKeeper;
  readonly files: PrivateFiles;
  readonly groups: LimitGroups;
  readonly ports: Ports;
  /** Absent: what instances were started with is not written down. */
  readonly digest: KeyedDigest | undefined;
  /** The environment of this process, of which little is passed on. */
  readonly caller: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
  /** Something of the environment has changed. */
  readonly changed: (environment: string) => void;
}
