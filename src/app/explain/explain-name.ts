import { failed, type Result } from "../../errors/result.ts";
import { environmentElse } from "../environment-else.ts";
import type { Ports } from "../ports.ts";
import { type ExplainTaskRequest, explainTask, type TaskExplanation } from "./explain-task.ts";

/** Like `explainTask`; a name that is an environment's, or was, is told as that. */
export async function explainName(ports: Ports, request: ExplainTaskRequest): Promise<Result<TaskExplanation[]>> {
  const explained = await explainTask(ports, request);
  if (explained.ok) return explained;
  const { task: name } = request;
  const environment = await environmentElse(ports, name, explained);
  if (!environment.ok) return environment;
  return failed({
    code: "unknown-task",
    message: `"${name}" is an environment, not a task`,
    hint: `To explain one of its deployments, take its number from: tidegate history ${name}`,
  });
}
