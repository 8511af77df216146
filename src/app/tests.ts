import { existsSync } from "node:fs";
import { failed, ok, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import { pipelinePaths } from "../files/state-folder.ts";
import { askHistory, type TestQuestion, type TestSummary } from "../test-history/ask-history.ts";
import { TestHistory } from "../test-history/history.ts";
import { openPipeline } from "./open-pipeline.ts";
import type { Ports } from "./ports.ts";
import { unknownTask } from "./unknown-task.ts";

export type { TestQuestion, TestSummary };

/** An empty list when nothing was ever recorded: asking must not make a file. */
function ask(path: string, question: TestQuestion): Result<TestSummary[]> {
  if (!existsSync(path)) return ok([]);
  try {
    const history = TestHistory.open(path);
    try {
      return ok(askHistory(history, question));
    } finally {
      history.close();
    }
  } catch (error) {
    const hint = "Remove it to start over: rm -r .tidegate/tests";
    const unreadable = { code: "state-damaged", message: "The history of tests cannot be read", hint } as const;
    return failed(fileFailure(error, path) ?? { ...unreadable, cause: (error as Error).message });
  }
}

/** How single tests did over the last runs. */
export async function askTests(ports: Ports, question: TestQuestion): Promise<Result<TestSummary[]>> {
  const opened = await openPipeline(ports);
  if (!opened.ok) return opened;
  const found = ask(pipelinePaths(opened.value.checkoutFolder).testHistory, question);
  const names = Object.keys(opened.value.project.pipeline);
  const isUnknown = question.task !== undefined && !names.includes(question.task);
  return found.ok && found.value.length === 0 && isUnknown ? failed(unknownTask(question.task, names)) : found;
}
