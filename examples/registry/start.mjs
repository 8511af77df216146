// Starts Verdaccio with everything it keeps in TIDEGATE_DATA_DIR, so that the next release finds the same packages.
import { join, resolve } from "node:path";
import { runServer } from "verdaccio";

const { HOST: host = "127.0.0.1", PORT: port = "4873" } = process.env;
const folder = resolve(process.env.TIDEGATE_DATA_DIR ?? "data");

// A registry for one team: no uplinks, so it never reaches the network. Everybody who can connect may read and
// publish: put `$authenticated` in place of `$all` before it listens anywhere but on this machine.
const everybody = { access: "$all", publish: "$all", unpublish: "$all" };
const server = await runServer({
  configPath: join(folder, "verdaccio.yaml"),
  storage: join(folder, "storage"),
  auth: { htpasswd: { file: join(folder, "htpasswd"), max_users: 10 } },
  uplinks: {},
  packages: { "@*/*": everybody, "**": everybody },
  web: { enable: false },
  max_body_size: "100mb",
  server: { keepAliveTimeout: 60 },
  log: { type: "stdout", format: "json", level: "warn" },
});

// Verdaccio's own command ends in the middle of requests on SIGTERM. Here the ones under way are answered, and their
// connections are not kept alive, which would hold up the end.
const underWay = new Set();
let closing = false;
server.prependListener("request", (_request, response) => {
  underWay.add(response);
  response.once("close", () => {
    underWay.delete(response);
    if (closing) setImmediate(() => server.closeIdleConnections());
  });
});
process.once("SIGTERM", () => {
  closing = true;
  for (const response of underWay) if (!response.headersSent) response.setHeader("connection", "close");
  server.close(() => process.exit(0));
});

server.listen(Number(port), host);
