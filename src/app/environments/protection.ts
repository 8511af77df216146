import { isProtected } from "../../definition/protected.ts";
import { aboutOf, knownEnvironments } from "../../environment/about.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { EnvironmentRecord } from "../../store/store.ts";
import type { Session } from "../session.ts";

/**
 * Fails with `environment-protected` when one of these must not be destroyed, before any of them is. The definition has
 * the say; of one that it no longer has, what was written down when it was made. `all`: nobody named them; where nothing
 * was ever made there is nothing to protect then.
 */
export async function checkProtected(
  session: Session,
  names: readonly string[],
  { all }: { readonly all: boolean },
): Promise<Result<void>> {
  const refused: Failure[] = [];
  const known = await knownEnvironments(session.store);
  if (!known.ok) return known;
  for (const name of names) {
    const record = await session.store.environment(name);
    if (!record.ok) return record;
    const isMeant = !all || known.value.there.has(name);
    if (isMeant && mustStay(session, name, record.value)) refused.push(protectedFailure(session, name));
  }
  return refused.length === 0 ? ok() : failed(...refused);
}

function mustStay({ project }: Session, name: string, record: EnvironmentRecord | undefined): boolean {
  if (Object.hasOwn(project.environments, name)) return isProtected(name, project.environments[name]!);
  const about = aboutOf(record);
  return about.ok && about.value !== undefined ? about.value.protected : isProtected(name, {});
}

function protectedFailure({ project }: Session, name: string): Failure {
  const isDeclared = Object.hasOwn(project.environments, name);
  const where = isDeclared
    ? `\`${name}: { protected: false, … }\` in the definition`
    : `\`${name}\` in the definition with \`protected: false\``;
  return {
    code: "environment-protected",
    message: `${name} is protected: nothing was destroyed`,
    hint: `If it really is to go, change that first: ${where}, then: tidegate env destroy ${name} --yes`,
  };
}
