import type { ConfinementLevel } from "../../definition/types.ts";
import type { Failure } from "../../errors/failure.ts";
import type { Argv } from "../../process/command.ts";
import type { Loopback } from "./loopback.ts";

/** Where a task's command runs, and how. */
export interface Place {
  readonly level: ConfinementLevel;
  /** What stands for the project's folder in the command's working directory and search path. */
  readonly root: string;
  /** Where Tidegate looks for the project's own programs. `undefined`: they are looked for where the command runs. */
  readonly programs: string | undefined;
  /** The network that the command and its services have to themselves; absent when they have the machine's, or none. */
  readonly loopback?: Loopback;
  /** What has to be spawned so that the command runs there. */
  wrap(argv: Argv, variables: Readonly<Record<string, string>>): Argv;
  /** Brings the outputs to the project, in place of what stands there. @throws the system's error. */
  bringBack(): Failure[] | Promise<Failure[]>;
  /** Removes what was made for the command; whatever was not brought back is gone. @throws the system's error. */
  close(): void | Promise<void>;
}
