import { join } from "node:path";
import type { Failure } from "../../errors/failure.ts";
import { failed, type Result } from "../../errors/result.ts";
import { guardDisk } from "../../files/guard-disk.ts";
import { prepareStateFolder } from "../../files/state-folder.ts";
import { finishWriting } from "../../files/write-together.ts";
import { takeProcessLock } from "../../process/process-lock.ts";
import type { Session } from "../session.ts";

/**
 * Does what writes documents: one call at a time, and after what an interrupted one left was finished. Fails with `documents-busy`
 * while another call is at it, and as `finishWriting` does.
 */
export function whileWriting<T>({ checkoutFolder }: Session, work: () => Promise<Result<T>>): Promise<Result<T>> {
  return guardDisk(async () => {
    prepareStateFolder(checkoutFolder);
    const lock = takeProcessLock(join(checkoutFolder, "documents.lock"));
    if (lock === undefined) return failed(underWay);
    try {
      const finished = finishWriting(checkoutFolder);
      return finished.ok ? await work() : finished;
    } finally {
      lock.release();
    }
  });
}

const underWay: Failure = {
  code: "documents-busy",
  message: "Another call writes the documents of this project at the moment",
  hint: "Run the command again when it is done.",
};
