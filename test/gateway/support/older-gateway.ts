import { rmSync } from "node:fs";
import { createServer } from "node:http";
import { takeProcessLock } from "../../../src/process/process-lock.ts";

/**
 * A gateway of the version before, as far as the one after it can see: `node older-gateway.ts <socket> <port>`. It
 * has the lock, answers on its own calls and refuses others, and serves at the port until it is told to stop.
 */
const [socketPath = "", port = ""] = process.argv.slice(2);
const lock = takeProcessLock(`${socketPath}.lock`)!;
const site = createServer((_request, response) => response.end("older"));
const control = createServer((request, response) => {
  request.resume();
  const value = { pid: process.pid, processes: [{ pid: process.pid, since: 0 }], environments: [], instances: [] };
  const refusal = { ok: false, failures: [{ code: "bad-arguments", message: "The gateway does not know this call" }] };
  const isKnown = request.url === "/v2/observe" || request.url === "/v2/stop";
  response.end(JSON.stringify(isKnown ? { ok: true, value } : refusal));
  if (request.url !== "/v2/stop") return;
  response.on("close", () => {
    control.close();
    rmSync(socketPath, { force: true });
    site.close(() => process.exit());
    site.closeAllConnections();
    lock.release();
  });
});
site.listen(Number(port), "127.0.0.1", () => control.listen(socketPath, () => process.send?.("serving")));
process.once("disconnect", () => process.exit());
