/**
 * A deliberately broken Tidegate: a few words of its source are others, and everything else is as it is. The simulation must
 * find every one of them.
 */
export interface Mutant {
  /** What it does wrong. */
  readonly name: string;
  /** Below `src/`. */
  readonly file: string;
  /** Each of `from` stands in the file exactly once. */
  readonly changes: readonly (readonly [from: string, to: string])[];
  /** Within so many seeds it is found. */
  readonly seeds: number;
}

const machine = "rollout/machine.ts";
const controller = "rollout/controller.ts";

function mutant(name: string, file: string, seeds: number, ...changes: Mutant["changes"]): Mutant {
  return { name, file, seeds, changes };
}

export const mutants: readonly Mutant[] = [
  mutant("forgets to give up the step under way when it turns back", machine, 100, [
    'effects: [{ type: "cancel" }, ...turned.effects] };',
    "effects: turned.effects };",
  ]),
  mutant("does not wait for what it gives up", controller, 200, [
    "await this.#performing?.done;",
    "void this.#performing?.done;",
  ]),
  mutant("goes on after requests have shown a regression", machine, 400, [
    'if (verdict.verdict === "regression") return turnBack(counted, [regressionFailure(comparison, verdict)], now);',
    "void regressionFailure;",
  ]),
  mutant("goes on after it was told of a regression", machine, 400, [
    'if (event.verdict === "regression") return turnBack(state, event.failures, now);',
    "",
  ]),
  mutant("goes on after it was aborted", machine, 400, [
    'return state.phase === "forward" ? goBack(state, event.failures, now) : stay(state);',
    "return stay(state);",
  ]),
  mutant("goes on after it was refused", machine, 400, [
    "return event.granted ? done(state, now) : goBack(state, event.failures, now);",
    "return done(state, now);",
  ]),
  mutant("goes on after a step that failed", machine, 100, [
    'if (state.phase === "forward") return turnBack(state, failures, now);',
    'if (state.phase === "forward") return enter(advance(state, now), now);',
  ]),
  mutant("ignores that a new instance was lost", machine, 400, [
    "return isNewAndRunning(state, event.member) ? turnBack(state, event.failures, now) : stay(state);",
    "return stay(state);",
  ]),
  mutant("goes on while it is paused", machine, 400, ["if (state.isPaused) return stay(state);", ""]),
  mutant("counts the time in which nobody watched", machine, 2_000, [
    ": enter({ ...state, seenAt: now, isBegun: false }, now);",
    ": enter({ ...state, isBegun: false }, now);",
  ]),
  mutant("never ends", machine, 20, ["if (step === undefined) return end(", "if (step === undefined) return stay("]),
  mutant("goes on without evidence where a person is to decide", machine, 400, [
    'case "hold":\n      return stay(state);',
    'case "hold":\n      return enter(advance(state, now), now);',
  ]),
  mutant("calls a release good that nobody has asked anything", "rollout/analysis/analysis.ts", 400, [
    "if (rejects(labelEvidence(errors.better), beta))",
    "if (labelEvidence(errors.better) >= 0)",
  ]),
  mutant("takes one release's failures for the other's", "agent/environments/compare-releases.ts", 400, [
    ".filter(({ instance }) => (instance.deployment === deployment) === isCandidate)",
    ".filter(({ instance }) => (instance.deployment === deployment) !== isCandidate)",
  ]),
  mutant("takes back all but the step that it stands at", machine, 200, [
    "const reached = state.isBegun ? state.step : state.step - 1;",
    "const reached = state.step - 1;",
  ]),
  mutant(
    "goes back in the wrong order: stops the new before the old have the requests",
    "rollout/reverse.ts",
    200,
    ['...(isSwitched ? [{ kind: "route", members: routed, traffic } as const] : []),', ""],
    [
      '...retire(started).filter((step) => isSwitched || step.kind !== "drain"),',
      '...retire(started), ...(isSwitched ? [{ kind: "route", members: routed, traffic }] : []),',
    ],
  ),
  mutant("stops instances that still have requests", "rollout/performer.ts", 100, [
    'if (step.kind === "drain") return drain(world, step.members, signal);',
    'if (step.kind === "drain") return ok({});',
  ]),
  mutant("stops the old before the new have the requests", "strategies/blue-green/blue-green.ts", 200, [
    '[...startBeside(input), { kind: "route", members: routed, traffic }, ...retireAfter(input, keep)]',
    '[...startBeside(input), ...retireAfter(input, keep), { kind: "route", members: routed, traffic }]',
  ]),
  mutant("gives requests to what is not healthy yet", "rollout/bring-up.ts", 100, [
    "if (await isHealthy(request, instance, begun, answers)) return ok();",
    "await isHealthy(request, instance, begun, answers);\n    return ok();",
  ]),
  mutant("leaves what ended by itself as it is", "rollout/fleet-keeper.ts", 400, [
    'else if (standing.is === "down" && standing.restartAt <= clock.monotonic()) this.#bringBack(tended);',
    "",
  ]),
  mutant(
    "acts before it has written down why",
    controller,
    400,
    [
      "const written = await this.#world.log.append({ at, event });\n      if (!written.ok) return this.#leave(written.failures);",
      "await this.#apply(next(state, event, at).effects);\n      const written = await this.#world.log.append({ at, event });\n      if (!written.ok) return this.#leave(written.failures);",
    ],
    ["await this.#apply(transition.effects);\n    }", "}"],
  ),
  mutant("goes on though nothing can be written down", controller, 1_000, [
    "if (!written.ok) return this.#leave(written.failures);\n      const transition",
    "const transition",
  ]),
];
