import { spawn } from "node:child_process";
import type { Readiness } from "../../definition/types.ts";
import type { Loopback } from "../confine/loopback.ts";

/** Ends well once the port takes connections, or the path answers; it tries for as long as it is let. */
const probeScript = `
const { connect } = require("node:net");
const { get } = require("node:http");
const [, port, path] = process.argv;
const again = () => setTimeout(probe, 25);
const probe = () => {
  let isOver = false;
  const once = (work) => () => { if (!isOver) { isOver = true; work(); } };
  const socket = path === ""
    ? connect({ host: "127.0.0.1", port, timeout: 2000 }, once(() => process.exit(0)))
    : get({ host: "127.0.0.1", port, path, timeout: 2000, agent: false }, (answer) =>
        answer.statusCode >= 200 && answer.statusCode < 400 ? process.exit(0) : (answer.resume(), once(again)()));
  socket.on("error", once(again)).on("timeout", () => socket.destroy(new Error("late")));
};
probe();
`;

/** Like `untilReady`, of a service in a network of its own: what asks has to be in it. */
export function untilReadyInside(
  loopback: Loopback,
  ready: Exclude<Readiness, { output: string }>,
  port: number,
  signal: AbortSignal,
): Promise<boolean> {
  const path = ready === "port" ? "" : ready.http;
  const node = { file: process.execPath, args: ["-e", probeScript, String(port), path] };
  const { file, args } = loopback.enter(node);
  return new Promise((resolve) => {
    const probe = spawn(file, args, { cwd: "/", env: {}, stdio: "ignore", signal, killSignal: "SIGKILL" });
    probe.once("error", () => resolve(false));
    probe.once("exit", (code) => resolve(code === 0));
  });
}
