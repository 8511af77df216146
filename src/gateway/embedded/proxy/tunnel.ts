import type { Socket } from "node:net";
import type { ReceivedHead } from "../instance/received-head.ts";
import { headerKind } from "./header-kinds.ts";

/**
 * Joins two connections until both are over. Each direction goes at the pace of its receiver and ends on its own:
 * when one side has said all, the other may still speak. `closed` is called once, when both are closed.
 */
export function joinSockets(client: Socket, instance: Socket, closed: () => void): void {
  let open = 2;
  const onClose = () => {
    open -= 1;
    if (open === 0) closed();
  };
  for (const [one, other] of [
    [client, instance],
    [instance, client],
  ] as const) {
    one.setTimeout(0);
    one.allowHalfOpen = true;
    one.on("error", () => {});
    one.on("close", () => {
      closeOther(one, other);
      onClose();
    });
    one.pipe(other);
  }
}

/** A side that went away without saying so takes the other with it, after what is on its way to it. */
function closeOther(gone: Socket, other: Socket): void {
  if (!gone.readableEnded || !gone.writableFinished) other.destroySoon();
}

/** The head with which an instance switched protocols, as it is given to the client. */
export function switchHead({ reason, fields }: ReceivedHead): string {
  const lines = [`HTTP/1.1 101 ${reason}`];
  for (let index = 0; index < fields.length; index += 2) {
    const kind = headerKind(fields[index] as string);
    if (kind === "endToEnd" || kind === "connection" || kind === "upgrade")
      lines.push(`${fields[index]}: ${fields[index + 1]}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}
