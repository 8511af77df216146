import { declarationsOf } from "../../config/declare.ts";
import { givenBy, resolveKey } from "../../config/resolve.ts";
import { isProblems } from "../../config/resolved.ts";
import type { Project } from "../../definition/types.ts";
import { type Policy, policyOf } from "../../environment/parity/policy.ts";
import { dayOf } from "../../errors/quantities.ts";

/** The rules that environments are compared by. `now`: milliseconds since 1970; what has ended by then counts as expired. */
export async function readPolicy(project: Project, now: number): Promise<Policy> {
  const [texts, optional] = await Promise.all([differingTexts(project), optionalSecrets(project)]);
  return policyOf({ project, texts, optional, today: dayOf(now) });
}

/** What each environment has for keys declared `differs`; where a value is wrong it is not known, and `check` says so. */
async function differingTexts(project: Project): Promise<Map<string, Map<string, string | undefined>>> {
  const differing = declarationsOf(project).filter(({ kind }) => kind === "differs");
  const names = Object.keys(project.environments);
  const texts = new Map<string, Map<string, string | undefined>>();
  for (const declaration of differing) {
    const known = new Map<string, string | undefined>();
    for (const environment of names) {
      const layers = { environment, given: givenBy(project, environment), secrets: undefined, set: new Map() };
      const outcome = await resolveKey(declaration, layers);
      if (isProblems(outcome)) continue;
      // A secret is never declared `differs`.
      known.set(environment, outcome.text as string | undefined);
    }
    texts.set(declaration.key, known);
  }
  return texts;
}

/** Secrets that no environment has to have. */
async function optionalSecrets(project: Project): Promise<Set<string>> {
  const secrets = declarationsOf(project).filter(({ kind }) => kind === "secret");
  const layers = { environment: "", given: undefined, secrets: undefined, set: new Map() };
  const outcomes = await Promise.all(
    secrets.map(async (declaration) => ({ key: declaration.key, outcome: await resolveKey(declaration, layers) })),
  );
  return new Set(outcomes.flatMap(({ key, outcome }) => (isProblems(outcome) ? [] : [key])));
}
