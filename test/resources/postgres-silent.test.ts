import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { postgresProvider } from "../../src/resources/postgres/provider.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { TestLedger, testHost } from "./ledger.ts";
import { postgresSpec } from "./postgres-subject.ts";

/** AuthenticationOk and ReadyForQuery, as in PostgreSQL's protocol: whoever comes is let in. */
const letIn = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0, 0x5a, 0, 0, 0, 5, 0x49]);

/** A server that lets everybody in and answers nothing after that. */
async function silentServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write(letIn));
    onTestFinished(() => void socket.destroy());
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("a glance at a database that lets one in and is silent then comes to its end: it cannot be reached", async () => {
  const url = `postgres://somebody:hidden@127.0.0.1:${await silentServer()}/shop`;
  const ledger = new TestLedger(
    testHost(tempFolder({}, "state")),
    "production",
    new Map([["DB_URL", new Secret(url)]]),
  );
  ledger.made = { where: "external", secret: "DB_URL" };
  const spec = { ...postgresSpec("16"), external: { url: "DB_URL" } };
  const looked = await postgresProvider().observe(spec, ledger.context(), "glance");
  expect(looked).toMatchObject({ failures: [{ code: "resource-unreachable", cause: "Query read timeout" }] });
});
