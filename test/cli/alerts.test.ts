import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { testProject } from "../support/project.ts";

const servers: (() => void)[] = [];
afterEach(() => {
  for (const close of servers.splice(0)) close();
});

test("a deployment that is taken out is told once, also when the agent is killed; its services do not get what alerts are sent with", async () => {
  const heard: { readonly type: string; readonly data: { readonly id: string; readonly run: string } }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    if (body !== "") heard.push(JSON.parse(body));
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a-private-path`;
  const env = { STAGING_ALERT_URL: address, STAGING_ALERT_KEY: "a key that nobody must see" };
  const project = await testProject({ env, healthTimeout: "2s" });
  project.define(["staging"]);
  const file = join(project.folder, "tidegate.config.ts");
  const definition = readFileSync(file, "utf8")
    .replace("defineProject,", "defineProject, webhook,")
    .replace(/config: \{[^}]*\},/, "config: { ALERT_URL: secret(z.string()), ALERT_KEY: secret(z.string()) },")
    .replace(
      "export default defineProject({",
      'export default defineProject({ alerts: [webhook({ url: "ALERT_URL", secret: "ALERT_KEY" })],',
    );
  writeFileSync(file, definition);

  const tried = await project.ok("alerts", "test", "staging");
  expect(tried.stdout).toBe("staging: webhook ALERT_URL: delivered\n");
  expect(heard.map(({ type }) => type)).toEqual(["tidegate.test"]);

  await project.ok("ship", "staging");
  const given = await project.ok("env", "exec", "staging", "--", "sh", "-c", "env | grep -c ALERT_ || true");
  expect(given.stdout.trim()).toBe("0");
  project.version("sick", { isSick: true });
  expect((await project.run("ship", "staging")).code).toBe(1);
  await expect.poll(() => heard.length).toBe(2);
  expect(heard[1]).toMatchObject({
    type: "tidegate.deploymentTakenOut",
    data: { id: "deployment/staging/2", run: "tidegate explain 2" },
  });
  await expect.poll(async () => (await project.run("alerts")).stdout).toContain("1 of 1 delivered");

  await project.kill(project.agent);
  await project.ok("env", "start", "staging");
  await expect.poll(() => heard.map(({ type }) => type).slice(2)).toEqual(["tidegate.agentGone"]);
  const outputs = `${(await project.run("alerts", "--json")).stdout}${tried.stdout}`;
  expect(outputs).not.toMatch(/a-private-path|nobody must see/);
});
