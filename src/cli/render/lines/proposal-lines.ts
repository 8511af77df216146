import type { Proposal } from "../../../app/deploy/approve.ts";
import { count, shortDigest } from "../../../errors/quantities.ts";
import { summarise } from "../../../strategies/step.ts";
import { marks } from "../marks.ts";
import { safeLine } from "../safe-text.ts";
import { showActorInFull } from "../words/actor.ts";
import { showStep } from "../words/deployment.ts";

const mostCommits = 10;

/** Everything that a person agrees to. */
export function proposalLines({ approval, ...shown }: Proposal): string[] {
  const { spec, by, approvals, plan } = approval;
  const { deployment, environment, release, from, commits, config, steps } = shown;
  const needed = spec.approval?.count ?? 1;
  const names =
    spec.stamp?.parity === undefined
      ? "not compared: it comes after no environment"
      : `as ${spec.after}, but for what is declared`;
  return [
    `Deployment ${deployment} to ${environment}: ${shortDigest(release)} ${from === undefined ? "is the first release" : `replaces ${shortDigest(from)}`}`,
    ...(by === undefined ? [] : [`  asked for by ${showActorInFull(by)}`]),
    `  has ${approvals.length} of ${count(needed, "approval")}`,
    ...(commits === undefined ? ["  commits: git does not know them here"] : [`  ${count(commits.length, "commit")}`]),
    ...(commits ?? [])
      .slice(0, mostCommits)
      .map(({ commit, author, subject }) => `    ${commit.slice(0, 8)} ${safeLine(author)}: ${safeLine(subject)}`),
    ...config.map(({ key, change }) => `  config ${key}: ${change}`),
    ...steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${showStep(summarise(step))}`),
    `  parity: ${names}`,
    `  plan ${shortDigest(plan)}`,
    ...(shown.isAsAsked
      ? []
      : [`  ${marks.warning} what runs has moved since it was asked for: it can no longer be approved`]),
  ];
}
