import { describeGateway } from "./conformance.ts";
import { startGatewayProcess } from "./support/process.ts";
import { startSwitchboard } from "./support/switchboard.ts";

describeGateway("the embedded gateway, as a process", startGatewayProcess);

describeGateway("the embedded gateway, in this process", async () => {
  const gateway = await startSwitchboard();
  return { gateway: gateway.switchboard, [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose]() };
});
