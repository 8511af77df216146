import type { DriverChoice } from "./types.ts";

/** Where an environment answers: what its driver was given, or `http://<environment>.localhost:8080`. */
export function environmentUrl(name: string, driver: DriverChoice): string {
  return driver.url ?? `http://${name}.localhost:8080`;
}

/** Whether it can be an environment's address: `http://host` or `http://host:port` and nothing more. */
export function isEnvironmentUrl(input: unknown): input is string {
  if (typeof input !== "string" || !URL.canParse(input)) return false;
  const url = new URL(input);
  return url.protocol === "http:" && `${url.origin}/` === url.href && url.port !== "0";
}
