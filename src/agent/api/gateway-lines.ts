import { setTimeout as wait } from "node:timers/promises";
import type { SubstituteAnswers } from "../../gateway/gateway.ts";

const lookEveryMs = 1_000;

/** What the gateway says now; a gateway that does not answer has nothing to say. */
export type AskSubstitutes = () => Promise<readonly SubstituteAnswers[]>;

/**
 * Writes a line for each kind of answer that the gateway gave in the place of an instance; until `gone`, when
 * following, another one whenever there are more of them.
 */
export async function writeSubstitutes(
  ask: AskSubstitutes,
  write: (line: string) => void,
  { follow, gone }: { readonly follow: boolean; readonly gone: AbortSignal },
): Promise<void> {
  const written = new Map<string, number>();
  do {
    for (const one of await ask()) {
      const key = JSON.stringify([one.instance, one.rule]);
      const before = written.get(key) ?? 0;
      // Fewer than before: a gateway that began to count anew.
      const times = one.times < before ? one.times : one.times - before;
      if (times > 0) write(lineOf({ ...one, times }));
      written.set(key, one.times);
    }
    if (follow) await wait(lookEveryMs, undefined, { signal: gone }).catch(() => {});
  } while (follow && !gone.aborted);
}

function lineOf({ instance, status, rule, times, lastAt }: SubstituteAnswers): string {
  const often = times === 1 ? "" : `, ${times} times`;
  return `gateway | ${new Date(lastAt).toISOString()} ${status} in place of ${instance}${often}: ${rule}\n`;
}
