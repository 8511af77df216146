import { join } from "node:path";

/**
 * A project has two folders, and no room may take one for the other:
 * - the **state folder**, outside of every checkout (`XDG_STATE_HOME/tidegate/<id>`): what its environments need to
 *   serve and to be looked after. Which one it is, the room `state` knows;
 * - the **checkout folder** (`.tidegate` beside the definition): the cache and the logs of runs. It may vanish at any
 *   moment, and nothing that serves notices.
 */

/** The checkout folder of a project. `projectFolder`: of the definition. */
export function checkoutFolderOf(projectFolder: string): string {
  return join(projectFolder, ".tidegate");
}

/** Where things are in a project's state folder. Everything in it is private to the user. */
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
  /** Resources of environments: folders of data, servers, states of Terraform. */
  readonly resources: string;
  /** Snapshots of resources. */
  readonly snapshots: string;
  /** What services of an environment keep: theirs, never touched but by `env destroy`. */
  dataOf(environment: string): string;
  /** Releases of an environment as they are run: unpacked, read-only. */
  copiesOf(environment: string): string;
  /** Files that releases of an environment have in common. */
  filesOf(environment: string): string;
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
    resources: join(folder, "resources"),
    snapshots: join(folder, "snapshots"),
    dataOf: (environment) => join(folder, "environments", environment, "data"),
    copiesOf: (environment) => join(folder, "environments", environment, "releases"),
    filesOf: (environment) => join(folder, "environments", environment, "files"),
  };
}
