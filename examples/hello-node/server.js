import { createServer } from "node:http";
import { greeting } from "./greeting.js";

const server = createServer((_request, response) => response.end(`${greeting}\n`));
server.listen(process.env.PORT, process.env.HOST);
process.on("SIGTERM", () => server.close());
