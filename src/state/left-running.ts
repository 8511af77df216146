import { join } from "node:path";
import { realPath, usualRuntimeFolder } from "../agent/runtime/runtime-folder.ts";
import { type FoundInstance, instancesLeftBy } from "../drivers/local/left-running.ts";
import type { Failure } from "../errors/failure.ts";
import type { Variables } from "../files/state-home.ts";
import { embeddedGateway } from "../gateway/embedded/client.ts";

/** What runs although the state that it was started from is not there. */
export interface LeftRunning {
  readonly instances: readonly FoundInstance[];
  /** The process of the gateway, if it answers. */
  readonly gateway?: number;
}

/** Looks for it by what processes inherited, and at the socket where the gateway usually is. Ends nothing. */
export async function leftRunning(stateFolder: string, variables: Variables): Promise<LeftRunning> {
  const instances = instancesLeftBy(realPath(stateFolder));
  const socket = join(usualRuntimeFolder(stateFolder, variables), "gateway.sock");
  const observed = await embeddedGateway(socket).observe();
  const gateway = observed.ok ? observed.value.processes[0]?.pid : undefined;
  return { instances, ...(gateway !== undefined && { gateway }) };
}

/** The failure that a state is missing, with what still runs and how it could be ended. */
export function withLeftRunning(failure: Failure, { instances, gateway }: LeftRunning): Failure {
  if (instances.length === 0 && gateway === undefined) return failure;
  const count = instances.length === 1 ? "1 instance runs" : `${instances.length} instances run`;
  const told = [
    `${count} that no state knows about${gateway === undefined ? "" : ", and the gateway"}; what runs goes on serving:`,
    ...instances.map(({ environment, id, pid }) => `  ${environment} ${id}, process ${pid}`),
    ...(gateway === undefined ? [] : [`  the gateway, process ${gateway}`]),
  ];
  const targets = [...(gateway === undefined ? [] : [gateway]), ...instances.map(({ pid }) => -pid)];
  return {
    ...failure,
    cause: [failure.cause, ...told].join("\n"),
    hint: `${failure.hint}\nTo end what runs: kill -- ${targets.join(" ")}`,
  };
}
