import type { Instance } from "../drivers/driver.ts";
import type { Failure } from "../errors/failure.ts";
import type { Member } from "../strategies/fleet.ts";

/**
 * How an instance stands with its keeper.
 *
 * ```
 *  adopt ──▶ adopted ──── does not run ───▶ coming ◀── start
 *              │    │                        │  │  ▲
 *       ended  │    │ healthy, or runs       │  │  │
 *              │    │ all the same   healthy │  │  │ restart due
 *              │    ▼                        │  │  │
 *              │   up ◀──────────────────────┘  │  │
 *              │    │ ended by itself           │  │
 *              ▼    ▼                    failed │  │
 *               down ◀──────────────────────────┘  │
 *                 └────────────────────────────────┘
 *  any of them ── let go ──▶ gone
 * ```
 */
export type Standing =
  /** Taken over from an earlier keeper, and not looked at yet: the gateway may send it requests, and is left to. */
  | { readonly is: "adopted" }
  /** Being started, and asked whether it is healthy. */
  | { readonly is: "coming" }
  /** Gets requests, if it is routed. `since`: monotonic milliseconds. */
  | { readonly is: "up"; readonly instance: Instance; readonly since: number }
  /** Gets no requests. `restartAt`: monotonic milliseconds. */
  | { readonly is: "down"; readonly restartAt: number; readonly failures: readonly Failure[] }
  /** Nobody's any more: whatever comes of it now is of no interest. */
  | { readonly is: "gone" };

const allowed: Readonly<Record<Standing["is"], readonly Standing["is"][]>> = {
  adopted: ["coming", "up", "down", "gone"],
  coming: ["up", "down", "gone"],
  up: ["down", "gone"],
  down: ["coming", "gone"],
  gone: [],
};

/** One instance in a keeper's hands. Its standing changes through `become` only. */
export class Tended {
  readonly member: Member;
  /** Why it was not even started the last time, if it was not. */
  #unstarted: string | undefined;
  /** Losses in a row, for the backoff. */
  losses = 0;
  /** A bring-up in the background, and how to give it up. */
  bringingUp: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  #standing: Standing;

  constructor(member: Member, standing: Standing & { readonly is: "adopted" | "coming" }) {
    this.member = member;
    this.#standing = standing;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /**
   * Whether a loss is worth telling. One that ran is, each time; why one cannot even be started (its secrets are lost) is
   * told once, for it is tried again for as long as that lasts.
   */
  isNews(failures: readonly Failure[]): boolean {
    const ran = failures.some(({ code }) => code === "instance-exited" || code === "instance-unhealthy");
    const before = this.#unstarted;
    this.#unstarted = ran ? undefined : JSON.stringify(failures.map(({ code, message }) => [code, message]));
    return this.#unstarted === undefined || this.#unstarted !== before;
  }

  /** Where it gets requests; `undefined`: it gets none. */
  get address(): Instance["address"] {
    return this.#standing.is === "up" ? this.#standing.instance.address : undefined;
  }

  /** The one door. Throws when the keeper does what the diagram does not have: a bug. */
  become(standing: Standing): void {
    const from = this.#standing.is;
    if (!allowed[from].includes(standing.is))
      throw new Error(`${this.member.id} cannot become ${standing.is}: it is ${from}`);
    this.#standing = standing;
  }
}
