import { declarationsOf, isIn } from "../../config/declare.ts";
import { secretRequest } from "../../config/read-secrets.ts";
import type { SecretsFor } from "../../resources/observe.ts";
import type { Session } from "../session.ts";

/** The secrets that somebody needs who looks at resources, by what the definition says now; nothing else is read. */
export function secretsFor({ project, secrets }: Pick<Session, "project" | "secrets">): SecretsFor {
  return async (environment, names) => {
    const asked = declarationsOf(project)
      .filter((declaration) => declaration.kind === "secret")
      .filter((declaration) => names.includes(declaration.key) && isIn(declaration, environment));
    const readings = await secrets.read(asked.map((one) => secretRequest(one, environment)));
    return new Map(
      asked.flatMap(({ key }, index) => {
        const reading = readings[index]!;
        return reading.state === "found" ? [[key, reading.secret] as const] : [];
      }),
    );
  };
}
