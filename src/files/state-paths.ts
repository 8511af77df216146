import { join } from "node:path";

/** Where things are in a project's state folder (`.tidegate`). Everything in it is private to the user. */
export interface StatePaths {
  readonly folder: string;
  readonly database: string;
  readonly blobs: string;
  /** Unpacked releases, one folder per digest. */
  readonly releases: string;
  readonly gateway: string;
  readonly gatewayLog: string;
  readonly agentLog: string;
  /** Held by the one agent of the project as long as it lives. */
  readonly agentLock: string;
  /** Says where the agent listens. */
  readonly agentRecord: string;
  /** Names the runtime folder: sockets, and the key of what is sealed. */
  readonly runtimeRecord: string;
  /** Environment values of deployments that are secret, encrypted. */
  readonly sealed: string;
  /** What services of an environment keep: theirs, never touched but by `env destroy`. */
  dataOf(environment: string): string;
  /** Releases of an environment as they are run: unpacked, read-only. */
  copiesOf(environment: string): string;
}

export function statePaths(folder: string): StatePaths {
  return {
    folder,
    database: join(folder, "state.db"),
    blobs: join(folder, "blobs"),
    releases: join(folder, "releases"),
    gateway: join(folder, "gateway"),
    gatewayLog: join(folder, "gateway.log"),
    agentLog: join(folder, "agent.log"),
    agentLock: join(folder, "agent.lock"),
    agentRecord: join(folder, "agent.json"),
    runtimeRecord: join(folder, "runtime"),
    sealed: join(folder, "sealed"),
    dataOf: (environment) => join(folder, "environments", environment, "data"),
    copiesOf: (environment) => join(folder, "environments", environment, "releases"),
  };
}
