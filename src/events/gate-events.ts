/** What people say of deployments that await them, and of gates that were set aside. Times are milliseconds since 1970. */
export type GateEvent =
  /** Somebody has seen that gates were set aside for the deployment. */
  { type: "overrideAcknowledged"; environment: string; deployment: number; reason?: string };
