import type { Signed, SignersFile } from "@tidegate/sops";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import type { Variables } from "../../git/ask-git.ts";
import type { Renewal } from "../renewals/renewals.ts";
import { commitOf, type GitVersion, type GitVersions, gitVersions } from "./git-versions.ts";
import { renewalsPath, type SecretsLayout, signersPath } from "./layout.ts";

/** The file that is judged. */
interface Judged {
  readonly path: string;
  readonly signers?: SignersFile;
}

/** Which file it is, and who asks: whatever is known of its other versions is found by that. */
export interface AgeCall {
  readonly layout: SecretsLayout;
  /** An environment, or `shared`. */
  readonly place: string;
  readonly variables: Variables;
}

/** A file of which no newer version is known. */
export interface Age {
  /** Whether it has a counter; older Tidegates wrote none. */
  readonly isCounted: boolean;
  /** Why a newer one might not be known. */
  readonly blind?: GitVersions["blind"];
}

/**
 * Refuses (`secrets-file-older`) a file that somebody signed who may, of which git or a renewal knows a newer version: it would bring back
 * what somebody knows who no longer may. Only of a file whose signature is right.
 */
export async function judgeAge(stored: Judged, signed: Signed, call: AgeCall): Promise<Result<Age>> {
  const known = await knownVersions(stored, call);
  if (!known.ok) return known;
  const { newest, blind } = known.value.git;
  const { counter = 0 } = signed;
  if (newest !== undefined && counter < newest.counter)
    return failed(await olderThanGit(stored.path, signed, newest, call));
  const renewal = known.value.renewal;
  if (renewal !== undefined && counter < renewal.counter!)
    return failed(olderThanRenewal(stored.path, signed, renewal));
  return ok({ isCounted: signed.counter !== undefined, ...(blind && { blind }) });
}

/** The highest counter that any version of the file is known to have; 0: there is none. */
export async function highestCounter(stored: Judged, call: AgeCall): Promise<Result<number>> {
  const known = await knownVersions(stored, call);
  if (!known.ok) return known;
  return ok(Math.max(known.value.git.newest?.counter ?? 0, known.value.renewal?.counter ?? 0));
}

interface Known {
  readonly git: GitVersions;
  /** The one with the highest counter. */
  readonly renewal?: Renewal;
}

async function knownVersions({ path, signers }: Judged, call: AgeCall): Promise<Result<Known>> {
  const { layout, variables } = call;
  const publicKeys = signers?.entries.map(({ publicKey }) => publicKey) ?? [];
  const git = await gitVersions({ path, signersPath: signersPath(layout), publicKeys }, variables);
  if (!git.ok) return git;
  const renewal = await newestRenewal(call);
  return ok({ git: git.value, ...(renewal && { renewal }) });
}

/** A list that cannot be read is told by whoever is about it. */
async function newestRenewal({ layout, place }: AgeCall): Promise<Renewal | undefined> {
  const { readRenewals } = await import("../renewals/read-renewals.ts");
  const all = readRenewals(renewalsPath(layout));
  const done = all.ok ? all.value.filter((one) => one.place === place && one.counter !== undefined) : [];
  return done.toSorted((one, other) => other.counter! - one.counter!)[0];
}

async function olderThanGit(
  path: string,
  signed: Signed,
  newest: GitVersion,
  { variables }: AgeCall,
): Promise<Failure> {
  const commit = newest.isStaged ? undefined : await commitOf(path, newest, variables);
  const where = newest.isStaged ? "the one that is staged" : `the one of commit ${commit ?? "(git log finds it)"}`;
  const back = `git checkout ${commit === undefined ? "" : `${commit} `}-- ${shellWord(path)}`;
  return older(path, `${own(signed)}; ${where} has ${newest.counter}`, `Take back the newest: \`${back}\`.`);
}

function olderThanRenewal(path: string, signed: Signed, { key, place, done, counter }: Renewal): Failure {
  const cause = `${own(signed)}; ${key} of ${place} was renewed on ${done} with ${counter}`;
  return older(path, cause, `\`git log --all -- ${shellWord(path)}\` finds the version that is missing.`);
}

function own({ counter, signer, at }: Signed): string {
  const has = counter === undefined ? "It has no counter" : `Its counter is ${counter}`;
  return `${has}, signed by ${signer} at ${at}`;
}

function older(path: string, evidence: string, back: string): Failure {
  const message = `${path} is an older version of itself, in the place of a newer one`;
  const cause = `${evidence}\nAn older version brings back what was renewed since, which somebody who was removed may know`;
  const hint = `${back} If this one is meant, \`tidegate secrets sign ${shellWord(path)}\` makes it the newest.`;
  return { code: "secrets-file-older", message, location: { file: path, line: 1, column: 1 }, cause, hint };
}
