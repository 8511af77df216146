import { createBoard } from "./app.ts";
import { openStore } from "./store.ts";

const { DATABASE_URL, BASE_URL = "", EDIT_TOKEN = "", STEPS_PER_PAGE = "50", LOG_LEVEL, PORT, HOST } = process.env;
if (DATABASE_URL === undefined) throw new Error("DATABASE_URL is not set");

const store = openStore(DATABASE_URL);
const server = createBoard(store, { baseUrl: BASE_URL, stepsPerPage: Number(STEPS_PER_PAGE), editToken: EDIT_TOKEN });
if (LOG_LEVEL === "debug")
  server.on("request", ({ method, url }) => console.log(JSON.stringify({ level: "debug", method, url })));
server.listen(Number(PORT ?? 3000), HOST ?? "127.0.0.1", () =>
  console.log(JSON.stringify({ level: "info", message: "listening" })),
);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    server.close(() => void store.close());
    server.closeIdleConnections();
  });
}
