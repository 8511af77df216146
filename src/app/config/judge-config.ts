import { randomBytes } from "node:crypto";
import { checkConfig } from "../../config/check.ts";
import type { SecretsByEnvironment } from "../../config/resolve.ts";
import type { Problem } from "../../definition/problem.ts";
import type { Project } from "../../definition/types.ts";
import type { FailureCode } from "../../errors/codes.ts";
import type { Failure } from "../../errors/failure.ts";
import { ProjectKey } from "../../secrets/project-key.ts";

/** What is wrong with the config, and what could not be known. */
export interface Judgement {
  readonly problems: readonly Problem[];
  /** Secrets whose value cannot be read here; whether they are right is not known. */
  readonly unreadable: readonly Unread[];
}

/** Secrets of one place that could not be read for the same reason. */
export interface Unread {
  readonly what: string;
  readonly because: string;
}

/** Not being able to read is no mistake of the project's: whoever deploys has the key, and is refused without it. */
const unknown: readonly FailureCode[] = ["secret-unreadable", "secrets-no-key"];

/** `secrets`: absent when nobody is to ask for them; they are not judged then. */
export async function judgeConfig(project: Project, secrets: SecretsByEnvironment | undefined): Promise<Judgement> {
  // A key of this call alone: whoever only looks leaves nothing behind.
  const key = new ProjectKey(randomBytes(32));
  const found = await checkConfig(project, secrets && { secrets, digest: (value) => key.digest(value) });
  return { problems: found.filter(({ code }) => !unknown.includes(code)), unreadable: unreadOf(secrets) };
}

/** Which secret it is stands beside it already, and several have the same reason. */
function reasonOf({ message }: Failure): string {
  return message.replace(/^The secret \S+ of environment "[^"]*" cannot be read(?: from [^:]*)?: /, "");
}

/** One for each reason: what is in one file is unreadable for one. */
function unreadOf(secrets: SecretsByEnvironment | undefined): Unread[] {
  const all = [...(secrets ?? [])].flatMap(([environment, values]) =>
    [...values].flatMap(([key, reading]) =>
      reading.state === "unreadable" && unknown.includes(reading.failure.code)
        ? [{ environment, key, because: reasonOf(reading.failure) }]
        : [],
    ),
  );
  const groups = Map.groupBy(all, ({ environment, because }) => JSON.stringify([environment, because]));
  return [...groups.values()].map((group) => {
    const { environment, because } = group[0]!;
    return { what: `${group.map(({ key }) => key).join(", ")} of ${environment}`, because };
  });
}
