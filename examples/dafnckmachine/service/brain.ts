/** One step of the workflow, as the state files have it. */
export interface Step {
  readonly key: string;
  readonly taskId: string;
  readonly agent: string;
  readonly phase: string;
  readonly status: string;
  /** In the order of the file, from 0. */
  readonly position: number;
}

interface Definition {
  readonly task_id?: string;
  readonly agent?: string;
  readonly phase?: string;
  readonly status?: string;
}

/** The steps of a DNA.json. One that nothing is said of is open. */
export function stepsOf(dna: unknown): Step[] {
  const { step_definitions: definitions = {} } = dna as { step_definitions?: Readonly<Record<string, Definition>> };
  return Object.entries(definitions).map(([key, definition], position) => ({
    key,
    taskId: definition.task_id ?? key,
    agent: definition.agent ?? "nobody",
    phase: definition.phase ?? "",
    status: definition.status ?? "OPEN",
    position,
  }));
}
