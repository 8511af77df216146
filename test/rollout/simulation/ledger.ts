import { failed, ok, type Result } from "../../../src/errors/result.ts";
import type { DeploymentEnd, JournalEntry } from "../../../src/store/store.ts";
import type { Fate, Scenario } from "./scenario.ts";

/** The store, as far as a deployment needs it: a journal and an end under a lease. */
export class Ledger {
  readonly journal: JournalEntry[] = [];
  end: DeploymentEnd | undefined;
  /** Writes that were refused because their token was old. */
  refused = 0;
  /** Whether nobody is there who is known to act: another agent may come. */
  isOrphaned = false;
  #token = 0;
  writes = 0;
  readonly #scenario: Scenario;
  readonly #isCalm: () => boolean;

  constructor(scenario: Scenario, isCalm: () => boolean) {
    this.#scenario = scenario;
    this.#isCalm = isCalm;
  }

  lease(): number {
    this.isOrphaned = false;
    return ++this.#token;
  }

  isFirst(token: number): boolean {
    return token === 1;
  }

  isHeldBy(token: number): boolean {
    return token === this.#token;
  }

  loseSight(): void {
    this.isOrphaned = true;
  }

  /** What is to become of whoever makes the next write, anywhere. */
  nextWrite(): Fate | undefined {
    this.writes += 1;
    return this.#scenario.deaths.get(this.writes);
  }

  append(token: number, entry: JournalEntry): Result<void> {
    return this.#write(token, () => this.journal.push(structuredClone(entry)));
  }

  finish(token: number, end: DeploymentEnd): Result<void> {
    return this.#write(token, () => {
      this.end = structuredClone(end);
    });
  }

  #write(token: number, write: () => void): Result<void> {
    if (token !== this.#token) {
      this.refused += 1;
      return failed({ code: "stale-writer", message: "somebody else has the lease" });
    }
    if (!this.#isCalm() && this.#scenario.dice.chance(this.#scenario.callFails / 10))
      return failed({ code: "no-space", message: "no space left" });
    write();
    return ok();
  }
}
