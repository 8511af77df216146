import { setTimeout as wait } from "node:timers/promises";

/** How a launched agent ended, once it has; `done` when it found that another one answers. `said`: what it gave as reason. */
export interface Ended {
  how?: string;
  said: string;
}

export interface AgentStart<Running> {
  /** The agent that answers, if there is one. */
  ask(): Promise<Running | undefined>;
  launch(): Ended;
  readonly limitMs: number;
}

/**
 * Launches an agent and waits until one answers. The one that it gave way to may have been about to leave: then another one
 * is launched. Gives how the last one ended when none answers in time, or one fails.
 */
export async function awaitAgent<Running>(
  start: AgentStart<Running>,
): Promise<{ readonly running: Running } | { readonly ended: Ended }> {
  const deadline = performance.now() + start.limitMs;
  let ended = start.launch();
  while (performance.now() < deadline) {
    const isDone = ended.how === "done";
    const running = await start.ask();
    if (running !== undefined) return { running };
    if (isDone) ended = start.launch();
    else if (ended.how !== undefined && ended.how !== "done") return { ended };
    await wait(20);
  }
  return { ended: { ...ended, how: `It did not answer in ${start.limitMs / 1000} s.` } };
}
