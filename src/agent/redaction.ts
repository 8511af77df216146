import type { Driver } from "../drivers/driver.ts";
import { redactText } from "../secrets/redaction/redact.ts";
import type { Secret } from "../secrets/secret.ts";

/** A secret of several lines is only found whole, so more lines are read than are asked for. */
const moreLines = 200;

/** The same driver, but what processes wrote is only told with their secrets hidden. */
export function redactingDriver(driver: Driver, secrets: () => readonly Secret[]): Driver {
  return {
    start: (spec, token) => driver.start(spec, token),
    stop: (environment, id, graceMs, token) => driver.stop(environment, id, graceMs, token),
    observe: (environment) => driver.observe(environment),
    outputFiles: (environment, id) => driver.outputFiles(environment, id),
    runJob: (spec, token, signal) => driver.runJob(spec, token, signal),
    remove: (environment, id) => driver.remove(environment, id),
    output: async (environment, id, lines) => {
      const written = await driver.output(environment, id, lines + moreLines);
      if (written.length === 0) return [];
      return redactText(written.join("\n"), secrets()).split("\n").slice(-lines);
    },
  };
}
