import type { AddressInfo } from "node:net";
import { createApp } from "./app.ts";
import { closesGracefully } from "./closing.ts";
import { openDatabase } from "./database.ts";
import { createHttpServer } from "./http-server.ts";
import { createLog } from "./log.ts";
import { readSettings } from "./settings.ts";

const settings = readSettings(process.env);
if (!("port" in settings)) {
  for (const problem of settings) console.error(problem);
  process.exit(1);
}

const log = createLog(settings.logLevel);
const database = openDatabase(settings.dataFolder);
const server = createHttpServer(createApp(database, settings, Date.now), settings.release, log);
const close = closesGracefully(server);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    log("info", "stopping", { signal });
    await close();
    database.close();
  });
}

server.listen(settings.port, settings.host, () => {
  const { address, port } = server.address() as AddressInfo;
  log("info", "listening", { address, port, release: settings.release });
});
