import type { Source, Takeover } from "./takeover.ts";
export function takeOverNx(_: Source): Takeover | undefined {
  return undefined;
}
