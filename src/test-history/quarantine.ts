import type { Quarantine, Task } from "../definition/types.ts";
import type { HeldTest, QuarantineNotes } from "../events/event.ts";
import type { Part } from "../inputs/part.ts";
import { meansTest } from "./test-pattern.ts";

const dayMs = 86_400_000;
const mostHeld = 20;

/** Whether an entry still holds: through the whole of its last day, in UTC. */
export function isActive({ until }: Quarantine, now: number): boolean {
  return now < Date.parse(`${until}T00:00:00Z`) + dayMs;
}

/**
 * What of a task's quarantine belongs into its fingerprint: with other tests in quarantine it may end otherwise, so a
 * success that an entry made possible is not found any more once the entry has expired or is gone.
 */
export function quarantineParts({ quarantine = [] }: Task, now: number): Part[] {
  const active = quarantine.filter((entry) => isActive(entry, now));
  return [...new Set(active.map(({ test }) => test))].map((test) => [`quarantine:${test}`, "active"]);
}

/** How often a test is seen and never fails until its quarantine is called unneeded. */
const steadyRuns = 10;

/** What the history says of a test. */
export interface TestPast {
  readonly name: string;
  readonly runs: number;
  readonly failures: number;
}

/** One execution's tests, held against the quarantine of its task. */
export class QuarantineWatch {
  readonly #active: readonly Quarantine[];
  readonly #expired: readonly Quarantine[];
  readonly #held: HeldTest[] = [];
  readonly #seen = new Set<Quarantine>();
  readonly #needed = new Set<Quarantine>();

  constructor(entries: readonly Quarantine[], now: number) {
    this.#active = entries.filter((entry) => isActive(entry, now));
    this.#expired = entries.filter((entry) => !isActive(entry, now));
  }

  /** Whether the test's failure does not count. Tell it of every test, so that it knows which entries are needed. */
  holds(name: string, result: "passed" | "failed" | "skipped", isFlaky: boolean): boolean {
    const entries = this.#active.filter(({ test }) => meansTest(test, name));
    for (const entry of entries) {
      this.#seen.add(entry);
      if (result !== "passed" || isFlaky) this.#needed.add(entry);
    }
    const [entry] = entries;
    if (entry === undefined || result !== "failed") return false;
    if (this.#held.length < mostHeld) this.#held.push({ test: name, owner: entry.owner, until: entry.until });
    return true;
  }

  /**
   * What is to be said; `undefined` when there is nothing. `past`: what is known of the task's tests, this execution
   * included; `undefined` where only a part of its tests ran, and so nothing can be called unneeded.
   */
  notes(past: readonly TestPast[] | undefined): QuarantineNotes | undefined {
    const expired = this.#expired.map(shown);
    const unneeded = past === undefined ? [] : this.#active.flatMap((entry) => this.#unneeded(entry, past));
    const isQuiet = this.#held.length + expired.length + unneeded.length === 0;
    return isQuiet ? undefined : { held: this.#held, expired, unneeded };
  }

  #unneeded(entry: Quarantine, past: readonly TestPast[]): QuarantineNotes["unneeded"] {
    if (this.#needed.has(entry)) return [];
    if (!this.#seen.has(entry)) return [{ ...shown(entry), because: "noSuchTest" }];
    const own = past.filter(({ name }) => meansTest(entry.test, name));
    const isSteady = own.every(({ runs, failures }) => runs >= steadyRuns && failures === 0);
    return isSteady && own.length > 0 ? [{ ...shown(entry), because: "passes" }] : [];
  }
}

function shown({ test, owner, until }: Quarantine): HeldTest {
  return { test, owner, until };
}
