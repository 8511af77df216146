import type { Failure } from "../errors/failure.ts";
import type { ResourcePlace } from "./resource.ts";

/** That what a resource kept is not there any more, with both ways on: `what`, as in "The database db of staging". */
export function goneFailure(what: string, { environment, name }: ResourcePlace): Failure {
  return {
    code: "resource-gone",
    message: `${what} is gone, along with what it kept; nothing was put in its place`,
    hint: `Bring it back from a snapshot: tidegate env snapshots ${environment} lists them, tidegate env restore ${environment} --resource ${name} --yes takes the newest. To start without its data: tidegate drift ${environment} --fix --empty`,
  };
}
