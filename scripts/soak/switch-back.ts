import { type Load, startLoad } from "../../test/support/load.ts";
import type { EnvironmentName, SoakProject } from "./project.ts";

/** As many requests can be in one process. */
export const loadConnections = 3;

/** A load that knows when something answered last, by what it says of itself. */
export interface LabelledLoad extends Load {
  lastAnswer(label: string): number | undefined;
}

export function labelledLoad(url: string, connections = loadConnections, paced = 15): LabelledLoad {
  const last = new Map<string, number>();
  const load = startLoad({
    ...{ url, connections, paced },
    check: ({ status, body }) => {
      last.set(body, Date.now());
      return status === 200;
    },
  });
  return {
    get finished() {
      return load.finished;
    },
    stop: () => load.stop(),
    lastAnswer: (label) => last.get(label),
  };
}

export interface SwitchedBack {
  /** From the start of the command to the last answer of the release that it took out; absent: it did not work. */
  readonly tookMs?: number;
  /** From the start of the command to its end. */
  readonly commandMs: number;
  readonly problems: readonly string[];
}

/** Goes back from a release that is under way, under load, to what is kept of the one before. `label`: what it answers. */
export async function switchBack(
  project: SoakProject,
  environment: EnvironmentName,
  load: LabelledLoad,
  label: string,
): Promise<SwitchedBack> {
  const begunAt = Date.now();
  const { code, talk } = await project.call("rollback", environment).ended;
  const commandMs = Date.now() - begunAt;
  if (code !== 0) return { commandMs, problems: [`rollback ended with ${code}: ${talk.slice(-600)}`] };
  const answer = await project.answering(environment);
  if (answer === undefined || answer.label === label)
    return { commandMs, problems: [`after the rollback ${answer?.label ?? "nothing"} answers`] };
  return { commandMs, tookMs: Math.max(0, (load.lastAnswer(label) ?? 0) - begunAt), problems: [] };
}
