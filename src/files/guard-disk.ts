import { failed, type Result } from "../errors/result.ts";
import { fileFailure } from "./file-failure.ts";

/** Turns what the disk refuses (full, read-only, no permission) into a failure; any other throw goes on. */
export async function guardDisk<T>(work: () => Promise<Result<T>> | Result<T>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    const failure = fileFailure(error);
    if (failure === undefined) throw error;
    return failed(failure);
  }
}
