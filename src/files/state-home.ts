import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { failed, ok, type Result } from "../errors/result.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The folder that holds the state folders of all projects of this user on this machine, one per id: `TIDEGATE_STATE`,
 * or `tidegate` below `XDG_STATE_HOME`, or `~/.local/state/tidegate`. Need not exist yet. Fails with `bad-arguments`
 * for a relative `TIDEGATE_STATE`: each folder of a call would have a state of its own. (A relative `XDG_STATE_HOME` is
 * ignored, as the XDG Base Directory Specification demands.)
 */
export function stateHome({ TIDEGATE_STATE: own, XDG_STATE_HOME: shared, HOME: home }: Variables): Result<string> {
  if (own !== undefined && own !== "") return isAbsolute(own) ? ok(own) : failed(relative(own));
  if (shared !== undefined && isAbsolute(shared)) return ok(join(shared, "tidegate"));
  return ok(join(home !== undefined && isAbsolute(home) ? home : homedir(), ".local", "state", "tidegate"));
}

function relative(own: string) {
  return {
    code: "bad-arguments",
    message: `TIDEGATE_STATE is not an absolute path: ${own}`,
    hint: "Give it a full path, such as /var/lib/tidegate, or unset it: then the state is in ~/.local/state/tidegate.",
  } as const;
}
