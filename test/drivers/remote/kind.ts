import { careful } from "../../../src/drivers/careful.ts";
import type { DriverKind } from "../../../src/drivers/driver-kind.ts";
import { RemoteDriver } from "./remote-driver.ts";

/** What a driver's folder brings to the registry. */
export const remoteKind: DriverKind = {
  options: { socket: { isRight: (value) => typeof value === "string", expected: "the path of a socket" } },
  spec: ({ socket }) => ({ kind: "remote", socket }),
  isSpec: (spec) => typeof spec.socket === "string" && Object.keys(spec).length === 2,
  open: async ({ socket }) => careful(new RemoteDriver(String(socket))),
};
