import { rmSync } from "node:fs";
import { join } from "node:path";
import { type ClockWatch, isTrusted, lookAtClock } from "../environment/clock-watch.ts";
import { type Preview, previewsOf } from "../environment/previews.ts";
import { ok, type Result } from "../errors/result.ts";
import { readTextIfThere } from "../files/read-if-there.ts";
import { writeFileAtomic } from "../files/write-atomic.ts";
import { isBranchGone } from "../git/branch-gone.ts";
import type { AgentWorld } from "./world.ts";

/** A preview that has to go, and why. `unfinished`: somebody began to destroy it. */
export interface Ended {
  readonly name: string;
  readonly because: "expired" | "branchGone" | "unfinished";
  readonly branch?: string;
}

/** How often git is asked for branches: that may take a second, and asks the remotes. */
const branchesEveryMs = 300_000;

/** So much the file says too little of when the clock was looked at: of no account beside the hour that is a jump. */
const seenEveryMs = 600_000;

/**
 * Knows the previews of the project and says which have ended. As long as there is one the agent stays: nobody else ends
 * them. When the clock was last looked at is kept beside the store, so that the next agent finds out that it was set. It is
 * not written while the clock is not trusted: the next agent then does not trust it either.
 */
export class Previews {
  readonly #world: AgentWorld;
  readonly #running: () => number;
  readonly #seenFile: string;
  #watch: ClockWatch | undefined;
  /** What the file says. */
  #keptAt: number | undefined;
  #known: readonly Preview[] = [];
  #branchesAt = Number.NEGATIVE_INFINITY;

  /** `running`: milliseconds, of a clock that nobody sets. */
  constructor(world: AgentWorld, running: () => number) {
    this.#world = world;
    this.#running = running;
    this.#seenFile = join(world.paths.folder, "clock-seen");
  }

  /** Whether there is any, as far as is known. */
  get areThere(): boolean {
    return this.#known.length > 0;
  }

  /** Whether one may have ended, or have gone in somebody else's turn: cheap enough to ask all the time. */
  get maybeDue(): boolean {
    const now = this.#world.now();
    const isLookedAt = this.#running() - this.#branchesAt < branchesEveryMs;
    const isGoing = ({ about }: Preview) => about.state === "destroying" || about.preview.endsAt <= now;
    return this.areThere && (!isLookedAt || this.#known.some(isGoing));
  }

  /** Reads which there are. */
  async read(): Promise<Result<readonly Preview[]>> {
    const records = await this.#world.store.environments();
    if (!records.ok) return records;
    this.#known = previewsOf(records.value);
    if (this.areThere) this.#look();
    else this.#forgetClock();
    return ok(this.#known);
  }

  /** Those that have ended and that nobody is at work on: what is under way is waited for. */
  async due(busy: readonly string[], askBranches = false): Promise<Result<readonly Ended[]>> {
    const read = await this.read();
    if (!read.ok) return read;
    const idle = read.value.filter(({ name }) => !busy.includes(name));
    const unfinished = idle.filter(({ about }) => about.state === "destroying");
    const expired = this.#isTrusted() ? idle.filter(({ about }) => about.preview.endsAt <= this.#world.now()) : [];
    const others = idle.filter((one) => !unfinished.includes(one) && !expired.includes(one));
    return ok([
      ...unfinished.map(({ name }): Ended => ({ name, because: "unfinished" })),
      ...expired.filter((one) => !unfinished.includes(one)).map(({ name }): Ended => ({ name, because: "expired" })),
      ...(await this.#branchless(others, askBranches)),
    ]);
  }

  /** Whether what was due still is: by its turn it may have been prolonged, or destroyed. */
  async hasEnded({ name, because, branch }: Ended): Promise<Result<boolean>> {
    const read = await this.read();
    if (!read.ok) return read;
    const found = read.value.find((one) => one.name === name);
    if (found === undefined) return ok(false);
    const { state, preview } = found.about;
    switch (because) {
      case "unfinished":
        return ok(state === "destroying");
      case "expired":
        return ok(preview.endsAt <= this.#world.now());
      case "branchGone":
        return ok(preview.branch === branch);
      default:
        return because satisfies never;
    }
  }

  #isTrusted(): boolean {
    return this.#watch === undefined || isTrusted(this.#watch, this.#running());
  }

  async #branchless(previews: readonly Preview[], now: boolean): Promise<Ended[]> {
    if (!now && this.#running() - this.#branchesAt < branchesEveryMs) return [];
    this.#branchesAt = this.#running();
    const gone: Ended[] = [];
    for (const { name, about } of previews) {
      const { branch, folder } = about.preview;
      if (branch === undefined || folder === undefined) continue;
      if (await isBranchGone(folder, branch, process.env)) gone.push({ name, because: "branchGone", branch });
    }
    return gone;
  }

  #look(): void {
    const before = this.#watch ?? this.#seen();
    const now = this.#world.now();
    this.#watch = lookAtClock(before, now, this.#running());
    const isKept = this.#keptAt !== undefined && now >= this.#keptAt && now - this.#keptAt < seenEveryMs;
    if (isKept || !this.#isTrusted()) return;
    try {
      writeFileAtomic(this.#seenFile, String(now), 0o600);
      this.#keptAt = now;
    } catch (error) {
      this.#world.report(error);
    }
  }

  #seen(): ClockWatch {
    const seenAt = Number(readTextIfThere(this.#seenFile, { forgive: "everything" }) ?? Number.NaN);
    if (!Number.isFinite(seenAt)) return {};
    this.#keptAt = seenAt;
    return { seenAt };
  }

  #forgetClock(): void {
    this.#watch = undefined;
    this.#keptAt = undefined;
    rmSync(this.#seenFile, { force: true });
  }
}
