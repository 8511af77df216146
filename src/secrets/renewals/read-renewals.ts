import { readBounded } from "@tidegate/sops";
import { ok, type Result } from "../../errors/result.ts";
import { fromSops } from "../from-sops.ts";
import { parseRenewals, type Renewals } from "./renewals.ts";

/** What has to be renewed, and what was; nothing when there is no file. */
export function readRenewals(path: string): Result<Renewals> {
  const bytes = readBounded(path);
  if (bytes === undefined) return ok([]);
  return bytes.ok ? parseRenewals(path, Buffer.from(bytes.value).toString("utf8")) : fromSops(bytes);
}
