import { describeGateway } from "./conformance.ts";
import { startGatewayProcess } from "./support/process.ts";
import { startSwitchboard } from "./support/switchboard.ts";

// Where the system lets two listen at one address, these are two processes, and the first one is killed.
describeGateway("the embedded gateway, as processes", async () => {
  const gateway = await startGatewayProcess();
  await gateway.whole();
  return {
    gateway: gateway.gateway,
    async restart() {
      await gateway.kill();
      await gateway.restart();
      await gateway.whole();
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
});

describeGateway("the embedded gateway, in this process", async () => {
  const gateway = await startSwitchboard();
  return { gateway: gateway.switchboard, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
});
