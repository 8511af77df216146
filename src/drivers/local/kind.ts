import type { DriverKind } from "../driver-kind.ts";

/** Processes of this machine. Where an environment answers is the gateway's, so nothing of the choice is the driver's. */
export const localKind: DriverKind = {
  options: {},
  spec: () => ({ kind: "local" }),
  isSpec: (spec) => Object.keys(spec).every((key) => key === "kind"),
  open: async (_, place) => (await import("./local-driver.ts")).localDriver(place),
};
