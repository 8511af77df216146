import { TurnTaker } from "../concurrency/turn-taker.ts";
import type { Preview } from "../environment/previews.ts";
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

/**
 * Makes and ends previews. Its methods may be called at any time and side by side: previews are made one after the other, so
 * that there are never more than may be, and each is made and destroyed in its environment's turn.
 */
export class PreviewKeeper {
  readonly #world: AgentWorld;
  readonly #turns: Turns;
  readonly #previews: Previews;
  readonly #making = new TurnTaker();

  constructor(world: AgentWorld, turns: Turns) {
    this.#world = world;
    this.#turns = turns;
    this.#previews = new Previews(world, () => performance.now());
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
    const make = (template?: ManagedEnvironment) =>
      this.#turns.watched(environment, caller, (managed) => managed.create(about, secrets, template));
    return this.#making.take("previews", async () => {
      const known = await this.#previews.read();
      if (!known.ok) return known;
      const others = known.value.filter(({ name }) => name !== environment);
      if (max !== undefined && others.length >= max) return failed(tooMany(others, max));
      const template = about.preview?.data === "snapshot" ? about.preview.from : undefined;
      // The template's turn first, everywhere: nobody waits in a circle.
      const made = await (template === undefined ? make() : this.#turns.inTurn(template, caller, make));
      return both(made, await this.look());
    });
  }

  /** Destroys those that have ended, but for those that are deployed to. */
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
    const results: Result<void>[] = [];
    for (const one of ended)
      results.push(await this.#turns.watched(one.name, { tell }, (environment) => this.#endOne(environment, one)));
    return ended.length === 0 ? ok() : both(...results, await this.look());
  }

  /** Somebody may have prolonged it while it waited for its turn. */
  async #endOne(environment: ManagedEnvironment, ended: Ended): Promise<Result<void>> {
    const still = await this.#previews.hasEnded(ended);
    if (!still.ok || !still.value) return still.ok ? ok() : still;
    const destroyed = await environment.destroy();
    const { name, because, branch } = ended;
    if (destroyed.ok && because !== "unfinished")
      environment.tell({ type: "previewEnded", environment: name, because, ...(branch !== undefined && { branch }) });
    return destroyed;
  }
}

function tooMany(previews: readonly Preview[], max: number) {
  const byEnd = previews.toSorted((one, other) => one.about.preview.endsAt - other.about.preview.endsAt);
  const lines = byEnd.map(
    ({ name, about }) =>
      `${name}, ends on ${new Date(about.preview.endsAt).toISOString().slice(0, 16).replace("T", " ")} UTC`,
  );
  return {
    code: "too-many-previews",
    message: `There are ${previews.length} previews, and there may be ${max}`,
    cause: `Any of these could go, the first would end first:\n${lines.join("\n")}`,
    hint: `Destroy one: tidegate env destroy ${byEnd[0]?.name} --yes`,
  } as const;
}
