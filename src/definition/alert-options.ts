import type { Duration } from "../errors/duration.ts";
import type { SecretCommand } from "./secret-options.ts";

/** Names secrets of `config`, never values. */
export interface WebhookOptions {
  /** The secret that holds its address, `https://…`. */
  readonly url: string;
  /** The secret that its messages are signed with: a text, or `whsec_` and base64. */
  readonly secret: string;
}

/** Tells somebody over HTTP: a signed POST with JSON, as Standard Webhooks have it. */
export interface Webhook extends WebhookOptions {
  readonly kind: "alert";
  readonly alert: "webhook";
}

/** Who is told what needs a person. `command([…])`: a program that gets the alert as JSON on its standard input. */
export type AlertChoice = Webhook | SecretCommand;

/** A call that goes out again and again, so that its absence tells somebody elsewhere that the machine is gone. */
export interface Heartbeat {
  /** The secret that holds the address that is called. */
  readonly url: string;
  /** At least "30s". */
  readonly every: Duration;
}
