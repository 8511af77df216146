import { statfsSync } from "node:fs";
import type { AlertChannel, DeploymentSpec } from "../../environment/spec.ts";
import { specOf } from "../../environment/spec.ts";
import { showBytes } from "../../errors/quantities.ts";
import type { Event } from "../../events/event.ts";
import type { Clock } from "../../process/clock.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import type { Secrets } from "../../secrets/secret.ts";
import { servingIn } from "../../store/serving.ts";
import type { DeploymentRecord } from "../../store/store.ts";
import { secretsOf } from "../environments/processes-of.ts";
import type { AgentWorld } from "../world.ts";
import { type Alert, alertOf, diskNearlyFull, environmentDown, ofDeployment, restartLoop } from "./alert.ts";
import type { Delivery, KeptAlert, Outbox } from "./outbox.ts";
import { call, send } from "./send.ts";

/** Between the tries; after the last one nobody is told any more. About eight hours in all. */
const pausesMs = [10_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000];
const lookEveryMs = 1_000;
/** So often it is looked at what runs, and at the disk. */
const watchEveryMs = 15_000;
const loopMs = 600_000;
const loopTimes = 5;
const leastFreeShare = 0.05;
const leastFreeBytes = 500_000_000;

export interface DeskWorld extends Pick<AgentWorld, "store" | "vault" | "paths" | "now" | "report"> {
  readonly clock: Pick<Clock, "wait">;
  readonly project: string;
  readonly outbox: Outbox;
}

/** A service of which no instance runs although some should. */
export interface Down {
  readonly environment: string;
  readonly service: string;
}

/** Who can be told, and with which secrets. */
interface Reachable {
  readonly spec: DeploymentSpec;
  readonly secrets: Secrets;
}

/**
 * Tells people what needs them. `heard` and `raise` may be called at any time by anybody and wait for nothing; there is one `tend` in an agent.
 *
 * - An alert is on disk within a second, and before anybody is told of it, under an id that is the same for the same thing: what was told is not told
 *   again, and what was not, another agent tells.
 * - Killed between a delivery and its note, it is delivered again, with the same id.
 * - Nothing of it holds anybody up, and what goes wrong is reported and kept with the alert.
 */
export class AlertDesk {
  readonly #world: DeskWorld;
  readonly #losses = new Map<string, number[]>();
  readonly #down = new Set<string>();
  readonly #beats = new Map<string, number>();
  readonly #raised: Alert[] = [];
  /** Whether something in the outbox may have to be sent. An earlier agent may have left something. */
  #isPending = true;

  constructor(world: DeskWorld) {
    this.#world = world;
  }

  /** Whether somebody is still to be told. */
  get isBusy(): boolean {
    return this.#isPending || this.#raised.length > 0;
  }

  heard(event: Event, at: number): void {
    const alert = event.type === "instanceLost" ? this.#lost(event, at) : alertOf(event, at);
    if (alert !== undefined) this.raise(alert);
  }

  raise(alert: Alert): void {
    this.#raised.push(alert);
  }

  /** Until aborted. `down`: what does not run although it should. */
  async tend(down: () => Promise<readonly Down[]>, signal: AbortSignal): Promise<void> {
    const { clock, report } = this.#world;
    await this.#missed().catch(report);
    for (let watchAt = 0; !signal.aborted; await clock.wait(lookEveryMs, signal)) {
      if (this.#world.now() >= watchAt) {
        watchAt = this.#world.now() + watchEveryMs;
        await this.#watch(down).catch(report);
      }
      await this.#deliver(signal).catch(report);
      await this.#beat().catch(report);
    }
  }

  #lost({ environment, instance }: Event & { type: "instanceLost" }, at: number): Alert | undefined {
    // d7-web-1: the deployment, the service, which one.
    const service = /^d\d+-(.+)-\d+$/.exec(instance)?.[1] ?? instance;
    const key = `${environment}/${service}`;
    const losses = [...(this.#losses.get(key) ?? []), at].filter((one) => at - one < loopMs);
    this.#losses.set(key, losses);
    return losses.length < loopTimes ? undefined : restartLoop(environment, service, losses.length, at);
  }

  /** What ended while nobody could tell of it any more: an agent died between the end of a deployment and its word. */
  async #missed(): Promise<void> {
    const { store, now, outbox } = this.#world;
    const recent = await store.deployments({ limit: 20 });
    for (const { id, environment, end } of recent.ok ? recent.value : [])
      if (end !== undefined && end.outcome !== "deployed" && now() - end.at < 3_600_000)
        this.raise(ofDeployment({ environment, deployment: id, ...end }, end.at));
    outbox.tidy(now());
  }

  async #watch(down: () => Promise<readonly Down[]>): Promise<void> {
    const { now, paths } = this.#world;
    const seen = await down();
    // Twice in a row: an instance that is just being started again is no outage.
    for (const { environment, service } of seen)
      if (this.#down.has(`${environment}/${service}`)) this.raise(environmentDown(environment, service, now()));
    this.#down.clear();
    for (const { environment, service } of seen) this.#down.add(`${environment}/${service}`);
    const { bavail, blocks, bsize } = statfsSync(paths.folder);
    const free = bavail * bsize;
    if (free < leastFreeBytes && bavail / blocks < leastFreeShare)
      this.raise(diskNearlyFull(showBytes(free), paths.folder, now()));
  }

  async #deliver(signal: AbortSignal): Promise<void> {
    await this.#keepRaised();
    if (!this.#isPending) return;
    let isPending = false;
    for (const kept of this.#world.outbox.all()) {
      if (signal.aborted) return;
      const next = nextOf(kept);
      if (next === undefined) continue;
      if (next > this.#world.now() || (await this.#deliverOne(kept))) isPending = true;
    }
    this.#isPending = isPending;
  }

  /** Where nobody is to be told, nothing is kept. */
  async #keepRaised(): Promise<void> {
    while (this.#raised[0] !== undefined) {
      const [alert] = this.#raised;
      const channels = await this.#channelsFor(alert.environment);
      if (channels === undefined) return;
      if (channels.size > 0) this.#world.outbox.add(alert);
      this.#raised.shift();
      this.#isPending = true;
    }
  }

  /** Whether something is still to be done for it. */
  async #deliverOne({ alert, deliveries }: KeptAlert): Promise<boolean> {
    const { outbox, now } = this.#world;
    const channels = await this.#channelsFor(alert.environment);
    // Who is to be told could not be found out: that is no reason to tell nobody.
    if (channels === undefined) return true;
    const open: Delivery[] = [
      ...(deliveries ?? [...channels.keys()].map((channel) => ({ channel, tries: 0, nextAt: 0 }))),
    ];
    outbox.put({ alert, deliveries: open });
    for (const [index, delivery] of open.entries()) {
      if (delivery.nextAt === undefined || delivery.nextAt > now()) continue;
      open[index] = await this.#tryOnce(alert, delivery, channels.get(delivery.channel));
      outbox.put({ alert, deliveries: open });
    }
    return open.some(({ nextAt }) => nextAt !== undefined);
  }

  async #tryOnce(alert: Alert, { channel, tries }: Delivery, found: Found | undefined): Promise<Delivery> {
    const { now, project } = this.#world;
    const { secrets = new Map() } = found ?? {};
    const message = { project, alert: redactDeep(alert, [...secrets.values()]) };
    const sent = found && (await send(found.channel, secrets, message, now()));
    if (sent?.ok) return { channel, tries: tries + 1, deliveredAt: now() };
    const cause = sent?.failures[0]?.cause ?? "The channel is not in what serves any more";
    const pause = pausesMs[tries];
    return { channel, tries: tries + 1, cause, ...(pause !== undefined && { nextAt: now() + pause }) };
  }

  /** By their names; of the machine, each once. `undefined`: they could not be read. */
  async #channelsFor(environment: string | undefined): Promise<ReadonlyMap<string, Found> | undefined> {
    const all = await this.#reachable(environment);
    if (all === undefined) return undefined;
    const found = new Map<string, Found>();
    for (const { spec, secrets } of all)
      for (const channel of spec.alerts ?? []) found.set(nameOf(channel, spec), { channel, secrets });
    return found;
  }

  async #reachable(environment?: string): Promise<readonly Reachable[] | undefined> {
    const { store, vault } = this.#world;
    const known = environment === undefined ? await store.environments() : undefined;
    if (known?.ok === false) return undefined;
    const names = known?.value.map(({ name }) => name) ?? [environment!];
    const all: Reachable[] = [];
    for (const name of names) {
      const record = await this.#newestOf(name);
      if (record === "unknown") return undefined;
      const spec = record && specOf(record);
      if (!spec?.ok) continue;
      const secrets = secretsOf({ vault }, spec.value, record!.id);
      all.push({ spec: spec.value, secrets: secrets.ok ? secrets.value : new Map() });
    }
    return all;
  }

  /** What serves; where nothing does yet, what was to. */
  async #newestOf(environment: string): Promise<DeploymentRecord | "unknown" | undefined> {
    const { store } = this.#world;
    const serving = await servingIn(store, environment);
    if (!serving.ok) return "unknown";
    if (serving.value !== undefined) return serving.value;
    const newest = await store.deployments({ environment, limit: 1 });
    return newest.ok ? newest.value[0] : "unknown";
  }

  async #beat(): Promise<void> {
    const { now, report } = this.#world;
    if (this.#beats.size > 0 && Math.min(...this.#beats.values()) > now()) return;
    const due = new Map<string, { everyMs: number; reachable: Reachable }>();
    for (const reachable of (await this.#reachable()) ?? []) {
      const { heartbeat, secrets } = reachable.spec;
      if (heartbeat !== undefined) due.set(secrets[heartbeat.url] ?? "", { everyMs: heartbeat.everyMs, reachable });
    }
    this.#forgetOthers(due);
    for (const [key, { everyMs, reachable }] of due) {
      if ((this.#beats.get(key) ?? 0) > now()) continue;
      this.#beats.set(key, now() + everyMs);
      const address = reachable.secrets.get(reachable.spec.heartbeat!.url);
      const sent = address && (await call(address, { method: "GET" }));
      if (sent?.ok === false) report({ failures: sent.failures });
    }
  }

  /** Where nobody wants a heartbeat it is looked again after a while: something may be deployed that does. */
  #forgetOthers(due: ReadonlyMap<string, unknown>): void {
    for (const key of this.#beats.keys()) if (!due.has(key)) this.#beats.delete(key);
    if (due.size === 0) this.#beats.set("", this.#world.now() + watchEveryMs);
  }
}

interface Found {
  readonly channel: AlertChannel;
  readonly secrets: Secrets;
}

/** When something is to be done for it; `undefined`: never again. */
function nextOf({ deliveries }: KeptAlert): number | undefined {
  if (deliveries === undefined) return 0;
  const times = deliveries.flatMap(({ nextAt }) => nextAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The same channel with the same secrets is one, whatever environments have it. */
export function nameOf(channel: AlertChannel, { secrets }: Pick<DeploymentSpec, "secrets">): string {
  if (channel.kind === "command") return `command ${channel.run.join(" ")}`;
  return `webhook ${channel.url} (${(secrets[channel.url] ?? "").slice(-8)})`;
}
