import { describeGateway } from "./conformance.ts";
import { startGatewayProcess } from "./support/process.ts";
import { startTwoProcesses } from "./support/several.ts";
import { startSwitchboard } from "./support/switchboard.ts";

describeGateway("the embedded gateway, as a process", async () => {
  const gateway = await startGatewayProcess();
  return {
    gateway: gateway.gateway,
    async restart() {
      await gateway.kill();
      await gateway.restart();
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
});

describeGateway("the embedded gateway, in this process", async () => {
  const gateway = await startSwitchboard();
  return { gateway: gateway.switchboard, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
});

// The system shares connections out where several may listen on one address.
if (process.platform === "linux") describeGateway("the embedded gateway, as two processes", startTwoProcesses);
