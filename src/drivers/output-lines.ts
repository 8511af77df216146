import type { Driver } from "./driver.ts";

/** The last lines that an instance or job has written; [] when there are none. */
export async function outputLines(driver: Driver, environment: string, id: string, lines: number): Promise<string[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of driver.follow(environment, id, { lines })) pieces.push(piece);
  const written = Buffer.concat(pieces).toString("utf8").split(/\r?\n/);
  if (written.at(-1) === "") written.pop();
  return written;
}
