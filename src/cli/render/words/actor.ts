import type { Actor } from "../../../events/actor.ts";
import { safeLine } from "../safe-text.ts";

/** Who asked, in short: `Ada Lovelace`, or the machine's user where git knows nobody. */
export function showActor({ user, git }: Actor): string {
  return safeLine(git?.name ?? git?.email ?? user);
}

/** In full: `Ada Lovelace <ada@example.org> (ada on tower)`. */
export function showActorInFull({ user, host, git }: Actor): string {
  const email = git?.email === undefined ? "" : `<${git.email}>`;
  const person = [git?.name ?? "", email].filter((part) => part !== "").join(" ");
  return safeLine(person === "" ? `${user} on ${host}` : `${person} (${user} on ${host})`);
}
