import { type Fact, type Seen, seenFacts } from "../../environment/parity/facts.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import { type ObservedResource, observeResources } from "../../resources/observe.ts";
import { secretsFor } from "../config/secrets-for.ts";
import type { Session } from "../session.ts";

/**
 * Which versions of an environment's resources answer, by looking. `serves`: something serves there, which has them; otherwise
 * what is not there will be made, and is not looked at before.
 */
export async function seenIn(
  session: Session,
  environment: string,
  specs: readonly ResourceSpec[],
  serves: boolean,
): Promise<Fact[]> {
  if (specs.length === 0) return [];
  const { stateFolder, project, store } = session;
  const looked = await observeResources({
    ...{ stateFolder, project: project.name, store, environment, depth: "whole" },
    secrets: secretsFor(session),
  });
  if (!looked.ok) return seenFacts(specs, new Map(specs.map(({ name }) => [name, unreachable(looked.failures[0])])));
  const seen = specs.map(({ name }): [string, Seen] => {
    const found = looked.value.find((one) => one.name === name);
    return [name, found === undefined ? { is: "later" } : seenOf(found, serves)];
  });
  return seenFacts(specs, new Map(seen));
}

function seenOf({ observed }: ObservedResource, serves: boolean): Seen {
  if (observed.ok && observed.value.state === "there") {
    const { version, unchecked } = observed.value;
    if (version !== undefined) return { is: "version", version };
    return unreachable({ message: unchecked[0] ?? "it does not report its version" });
  }
  if (observed.ok && observed.value.state === "unseen") return unreachable({ message: observed.value.because });
  if (!serves) return { is: "later" };
  return unreachable(observed.ok ? { message: "it is not there" } : observed.failures[0]);
}

function unreachable(failure: { readonly message: string } | undefined): Seen {
  const evidence = failure === undefined ? {} : { evidence: failure.message };
  return { is: "unknown", unknown: { because: "notReachable", observable: true, ...evidence } };
}
