// A service in front of another one, which it finds by API_URL. Answers with what both say of themselves.
import { readFileSync } from "node:fs";
import { Agent, createServer, get } from "node:http";

const version = JSON.parse(readFileSync(new URL("version.json", import.meta.url), "utf8"));
const { HOST, PORT, API_URL, TIDEGATE_RELEASE } = process.env;
const agent = new Agent({ keepAlive: true });

/** What the other service says; "unreachable" when it says nothing. */
function ask() {
  return new Promise((resolve) => {
    get(`${API_URL}/`, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve(response.statusCode === 200 ? text : `status ${response.statusCode}`));
      response.on("error", () => resolve("broken off"));
    }).on("error", (error) => resolve(`unreachable: ${error.message}`));
  });
}

const server = createServer(async (request, response) => {
  response.setHeader("x-release", TIDEGATE_RELEASE);
  if (request.url === "/healthz") response.end("fine");
  else response.end(`${version.label} and ${await ask()}`);
});

server.listen(Number(PORT), HOST);
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
  setInterval(() => server.closeIdleConnections(), 10).unref();
});
