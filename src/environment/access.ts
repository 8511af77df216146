import type { Failure } from "../errors/failure.ts";
import { shortDigest } from "../errors/quantities.ts";
import type { Actor } from "../events/actor.ts";
import { emergencyHint, isOverridden } from "./overrides.ts";
import type { DeploymentSpec } from "./spec.ts";

/*
 * Who may do what. People are who they say they are: git's e-mail address and the machine's user, by their own account. Whoever can
 * reach the agent is its user and could change the state itself; this keeps those from a mistake who keep to it, and writes down who it was.
 */

/** What somebody is called where people are named. */
export function namesOf({ user, git }: Actor): string[] {
  return [...(git?.email === undefined ? [] : [git.email.toLowerCase()]), user];
}

export function isAmong(actor: Actor | undefined, people: readonly string[]): boolean {
  if (actor === undefined) return false;
  const names = namesOf(actor);
  return people.some((one) => names.includes(one.includes("@") ? one.toLowerCase() : one));
}

/** Whether two may be one person: it is enough that they have one name in common, where each has an e-mail address that one. */
export function isSame(one: Actor, other: Actor): boolean {
  const [address, another] = [one.git?.email, other.git?.email];
  if (address !== undefined && another !== undefined) return address.toLowerCase() === another.toLowerCase();
  return one.user === other.user;
}

/** Why somebody may not deploy there; [] when they may. */
export function operatorRefusal(spec: DeploymentSpec, actor: Actor | undefined): Failure[] {
  const { operators, environment, release } = spec;
  if (operators === undefined || isOverridden(spec, "operators") || isAmong(actor, operators)) return [];
  return [
    {
      code: "not-permitted",
      message: `${whoIs(actor)} may not deploy to ${environment}`,
      cause: `Those may whom \`access.operators\` names: ${operators.join(", ") || "nobody"}.`,
      hint: `Ask one of them, or have yourself added.\n${emergencyHint(environment, shortDigest(release), "operators")}`,
    },
  ];
}

/** Who of a deployment's has a part in it already: who asked for it, and who has agreed to it. */
export interface Involved {
  readonly asker?: Actor | undefined;
  readonly given: readonly (Actor | undefined)[];
}

/** Whose approval would still count, as the definition names them. */
export function whoMayStill({ approval, stamp }: DeploymentSpec, { asker, given }: Involved): string[] {
  const authors = (stamp?.authors ?? []).map((author) => author.toLowerCase());
  return (approval?.by ?? []).filter((one) => {
    const hasPart = approval?.notAuthor && (authors.includes(one.toLowerCase()) || isAmong(asker, [one]));
    return !hasPart && !given.some((actor) => isAmong(actor, [one]));
  });
}

/** Names people, or says that there are none. */
export function showPeople(people: readonly string[]): string {
  return people.join(", ") || "nobody is left who may; `access.approvers` in the definition says who may";
}

/** Why somebody's approval does not count; [] when it does. */
export function approverRefusal(
  spec: DeploymentSpec,
  deployment: number,
  actor: Actor | undefined,
  others: Involved,
): Failure[] {
  const { approval, environment, stamp } = spec;
  const refuse = (message: string, hint: string): Failure[] => [{ code: "not-permitted", message, hint }];
  const by = approval?.by ?? [];
  const left = showPeople(whoMayStill(spec, others));
  if (actor === undefined || !isAmong(actor, by))
    return refuse(
      `${whoIs(actor)} may not approve deployments to ${environment}`,
      `Ask one of these for: tidegate approve ${deployment}\n${left}`,
    );
  if (others.given.some((one) => one !== undefined && isSame(one, actor)))
    return refuse(`${whoIs(actor)} has approved deployment ${deployment} already`, `Somebody else is needed: ${left}`);
  const isAuthor = (stamp?.authors ?? []).some((author) => namesOf(actor).includes(author.toLowerCase()));
  if (approval?.notAuthor && (isAuthor || (others.asker !== undefined && isSame(others.asker, actor))))
    return refuse(
      `${whoIs(actor)} ${isAuthor ? "wrote a part of" : "asked for"} deployment ${deployment}, and cannot approve it, too`,
      `Somebody else is needed: ${left}`,
    );
  return [];
}

export function whoIs(actor: Actor | undefined): string {
  return actor === undefined ? "Somebody who is not known" : (actor.git?.email ?? actor.user);
}
