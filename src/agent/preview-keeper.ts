import { TurnTaker } from "../concurrency/turn-taker.ts";
import { endAgainMs, type Preview } from "../environment/previews.ts";
import type { Failure } from "../errors/failure.ts";
import { both, failed, ok, type Result } from "../errors/result.ts";
import type { Told } from "./environments/facts.ts";
import type { ManagedEnvironment } from "./environments/managed-environment.ts";
import { type Ended, Previews } from "./previews.ts";
import type { CreateCall } from "./protocol/protocol.ts";
import type { AgentWorld } from "./world.ts";

/** Does something with an environment in its turn. */
type Turn = (
  name: string,
  caller: Told,
  work: (environment: ManagedEnvironment) => Promise<Result<void>>,
) => Promise<Result<void>>;

/** How the keeper gets at environments. `watched`: the caller also hears of what is in front of it. */
export interface Turns {
  readonly atWork: () => readonly string[];
  readonly inTurn: Turn;
  readonly watched: Turn;
}

/** How often in a row the end of a preview has failed, and when it is tried again: milliseconds of a clock that nobody sets. */
interface Tries {
  readonly count: number;
  readonly againAt: number;
}

/**
 * Makes and ends previews. Its methods may be called at any time and side by side: previews are made one after the other, so
 * that there are never more than may be, and each is made and destroyed in its environment's turn. One whose end fails says
 * so in its record, and is tried again after longer and longer, whoever asks; `env destroy` tries at once.
 */
export class PreviewKeeper {
  readonly #world: AgentWorld;
  readonly #turns: Turns;
  readonly #previews: Previews;
  readonly #making = new TurnTaker();
  readonly #running: () => number;
  readonly #tries = new Map<string, Tries>();

  /** `running`: milliseconds, of a clock that nobody sets. */
  constructor(world: AgentWorld, turns: Turns, running: () => number = () => performance.now()) {
    this.#world = world;
    this.#turns = turns;
    this.#running = running;
    this.#previews = new Previews(world, running);
  }

  /** Whether there is any: then the agent stays. */
  get areThere(): boolean {
    return this.#previews.areThere;
  }

  /** Reads which there are. */
  async look(): Promise<Result<void>> {
    const read = await this.#previews.read();
    return read.ok ? ok() : read;
  }

  /** See `Agent.create`. Fails with `too-many-previews`. */
  create({ environment, about, secrets, max }: CreateCall, caller: Told): Promise<Result<void>> {
    // It would wait for its own turn.
    if (about.preview?.from === environment) return Promise.resolve(failed(likeItself(environment)));
    // What failed was the end of another one of that name, or of this one before it was prolonged.
    this.#tries.delete(environment);
    const make = (template?: ManagedEnvironment) =>
      this.#turns.watched(environment, caller, (managed) =>
        managed.acting("create-environment", () => managed.create(about, secrets, template)),
      );
    return this.#making.take("previews", async () => {
      const known = await this.#previews.read();
      if (!known.ok) return known;
      const others = known.value.filter(({ name, about: of }) => name !== environment && !of.preview.rehearses);
      if (max !== undefined && others.length >= max) return failed(tooMany(others, max));
      const template = about.preview?.data === "snapshot" ? about.preview.from : undefined;
      // The template's turn first, everywhere: nobody waits in a circle.
      const made = await (template === undefined ? make() : this.#turns.inTurn(template, caller, make));
      return both(made, await this.look());
    });
  }

  /** Destroys those that have ended, but for those that are deployed to, and those that are not tried again yet. */
  async sweep(caller: Told): Promise<Result<void>> {
    const due = await this.#previews.due(this.#turns.atWork(), true);
    return due.ok ? this.#end(due.value, caller) : due;
  }

  /** The same without a caller, when there may be something to do. What fails is reported, and tried again. */
  async tend(): Promise<void> {
    if (!this.#previews.maybeDue) return;
    const due = await this.#previews.due(this.#turns.atWork());
    const done = due.ok ? await this.#end(due.value, { tell: () => {} }) : due;
    if (!done.ok) this.#world.report({ failures: done.failures });
  }

  async #end(ended: readonly Ended[], { tell }: Told): Promise<Result<void>> {
    const now = this.#running();
    const toTry = ended.filter(({ name }) => (this.#tries.get(name)?.againAt ?? 0) <= now);
    const results: Result<void>[] = [];
    for (const one of toTry)
      results.push(await this.#turns.watched(one.name, { tell }, (environment) => this.#endOne(environment, one)));
    return toTry.length === 0 ? ok() : both(...results, await this.look());
  }

  /** Somebody may have prolonged it while it waited for its turn. */
  async #endOne(environment: ManagedEnvironment, ended: Ended): Promise<Result<void>> {
    const still = await this.#previews.hasEnded(ended);
    if (still.ok && !still.value) this.#tries.delete(ended.name);
    if (!still.ok || !still.value) return still.ok ? ok() : still;
    const { name, because, branch } = ended;
    const destroyed = await environment.acting("destroy-environment", () => environment.destroy(), {
      by: null,
      reason: because,
    });
    if (destroyed.ok) this.#tries.delete(name);
    else await this.#putOff(environment, destroyed.failures[0]!);
    if (destroyed.ok && because !== "unfinished")
      environment.tell({ type: "previewEnded", environment: name, because, ...(branch !== undefined && { branch }) });
    return destroyed;
  }

  /** Until when, and why, everybody can read. */
  async #putOff(environment: ManagedEnvironment, failure: Failure): Promise<void> {
    const tries = (this.#tries.get(environment.name)?.count ?? 0) + 1;
    const againMs = endAgainMs(tries);
    this.#tries.set(environment.name, { count: tries, againAt: this.#running() + againMs });
    const at = this.#world.now();
    const noted = await environment.noteUnended({ at, tries, againAt: at + againMs, failure });
    if (!noted.ok) this.#world.report({ failures: noted.failures });
  }
}

function likeItself(environment: string) {
  return {
    code: "environment-taken",
    message: `${environment} cannot be a preview of itself`,
    hint: "Give the preview another name: tidegate env create --preview NAME",
  } as const;
}

function tooMany(previews: readonly Preview[], max: number) {
  const byEnd = previews.toSorted((one, other) => one.about.preview.endsAt - other.about.preview.endsAt);
  const lines = byEnd.map(
    ({ name, about }) =>
      `${name}, ends on ${new Date(about.preview.endsAt).toISOString().slice(0, 16).replace("T", " ")} UTC`,
  );
  return {
    code: "too-many-previews",
    message: `There are ${previews.length} previews, and at most ${max} are allowed`,
    cause: `Any of these could go; the first one would end soonest:\n${lines.join("\n")}`,
    hint: `Destroy one: tidegate env destroy ${byEnd[0]?.name} --yes`,
  } as const;
}
