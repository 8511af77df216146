import { pathOf } from "../../documents/declare/key.ts";
import type { Location } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { openProject } from "../open-project.ts";
import type { Ports } from "../ports.ts";

/** A key that documents name, and where it is written. */
export interface ExplainedStatement {
  readonly key: string;
  readonly location: Location;
}

/** Where a key of the definition is written; what is not written out is located at the nearest thing around it. */
export async function explainStatement(ports: Ports, key: string): Promise<Result<ExplainedStatement>> {
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const path = pathOf(opened.value.project, key);
  if (path === undefined) {
    const message = `The definition has no key ${JSON.stringify(key)}`;
    const hint = "Keys are those that the documents name, such as environments.production.strategy";
    return failed({ code: "unknown-statement", message, hint });
  }
  const { locateEach } = await import("../../definition/load/locate.ts");
  return ok({ key, location: locateEach(opened.value.file, [{ path }])[0]! });
}
