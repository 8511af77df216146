import { readFileSync } from "node:fs";

export interface ReadIfThereOptions {
  /**
   * The system's errors that mean "it is not there". `everything`: whatever keeps it from being read, for what can be made
   * again or is only told. Default: `ENOENT` alone; a file that is there and cannot be read is not taken for none.
   */
  readonly forgive?: readonly string[] | "everything";
}

/** The bytes of a file; `undefined` when it is not there. @throws the system's error, when it is none that is forgiven. */
export function readIfThere(path: string, options?: ReadIfThereOptions): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    return forgiven(error, options);
  }
}

/** The same as text, in UTF-8. */
export function readTextIfThere(path: string, options?: ReadIfThereOptions): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return forgiven(error, options);
  }
}

function forgiven(error: unknown, { forgive = ["ENOENT"] }: ReadIfThereOptions = {}): undefined {
  if (forgive === "everything" || forgive.includes((error as NodeJS.ErrnoException).code ?? "")) return;
  throw error;
}
