/** What people say of deployments that await them, and of gates that were set aside. Times are milliseconds since 1970. */
export type GateEvent =
  /** Somebody has seen that gates were set aside for the deployment. */
  | { type: "overrideAcknowledged"; environment: string; deployment: number; reason?: string }
  /** The deployment does not begin before so many people have agreed. `plan`: the digest of what they agree to. */
  | {
      type: "approvalAwaited";
      environment: string;
      deployment: number;
      release: string;
      plan: string;
      needed: number;
      expiresAt: number;
    }
  | { type: "approvalGiven"; environment: string; deployment: number; given: number; needed: number }
  | { type: "approvalRejected"; environment: string; deployment: number; reason: string }
  /** It is no longer what they were asked for, or waited too long. */
  | { type: "approvalLapsed"; environment: string; deployment: number; reason: string };
