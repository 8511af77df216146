import { type KeptAlert, Outbox } from "../../agent/alerts/outbox.ts";
import { send } from "../../agent/alerts/send.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { alertsOf } from "../../environment/build-spec.ts";
import { type AlertChannel, alertSecrets } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { Secrets } from "../../secrets/secret.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Session } from "../session.ts";

export type { KeptAlert };

/** What people were told of, or are still to be told, newest first. */
export function listAlerts({ stateFolder }: Session, limit: number): readonly KeptAlert[] {
  return new Outbox(stateFolder).all().slice(0, limit);
}

/** What became of a trial over one channel. */
export interface Trial {
  readonly environment: string;
  readonly channel: string;
  /** Absent: it was delivered. */
  readonly failure?: Failure;
}

/**
 * Sends a trial through each channel, with the secrets as they are now, of one environment or of all but previews. Fails with
 * `bad-arguments` where the definition names nobody.
 */
export async function tryAlerts(session: Session, wanted?: string): Promise<Result<readonly Trial[]>> {
  const { project } = session;
  const found = wanted === undefined ? ok(undefined) : findEnvironment(session, wanted);
  if (!found.ok) return found;
  const all = Object.keys(project.environments).filter((name) => project.environments[name]!.preview === undefined);
  const { alerts = [] } = alertsOf(project, {});
  if (alerts.length === 0) return failed(nobody);
  const trials: Trial[] = [];
  for (const environment of found.value === undefined ? all : [found.value]) {
    const secrets = await secretsFor(session, environment);
    for (const channel of alerts) trials.push(await tryOne(session, environment, channel, secrets));
  }
  return ok(trials);
}

async function secretsFor({ project, secrets }: Session, environment: string): Promise<Secrets> {
  const readings = (await readSecrets(project, secrets, [environment])).get(environment);
  const names = alertSecrets(alertsOf(project, {}));
  return new Map(
    names.flatMap((name) => {
      const reading = readings?.get(name);
      return reading?.state === "found" ? [[name, reading.secret] as const] : [];
    }),
  );
}

async function tryOne(
  { project, ports }: Session,
  environment: string,
  channel: AlertChannel,
  secrets: Secrets,
): Promise<Trial> {
  const alert = {
    id: `test/${environment}/${ports.now()}`,
    at: ports.now(),
    kind: "test",
    environment,
    what: "This is a trial: somebody ran tidegate alerts test",
    affects: "Nothing",
    run: "tidegate status",
  } as const;
  const sent = await send(channel, secrets, { project: project.name, alert }, ports.now());
  const name = channel.kind === "command" ? `command ${channel.run.join(" ")}` : `webhook ${channel.url}`;
  return { environment, channel: name, ...(!sent.ok && { failure: sent.failures[0]! }) };
}

const nobody: Failure = {
  code: "bad-arguments",
  message: "The definition names nobody to tell: it has no alerts",
  hint: 'Add them to tidegate.config.ts: alerts: [webhook({ url: "ALERT_URL", secret: "ALERT_KEY" })]',
};
