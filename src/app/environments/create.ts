import { type CreateCall, messageOf, routes } from "../../agent/protocol/protocol.ts";
import { isHostLabel } from "../../definition/check/leaves.ts";
import { isProtected } from "../../definition/protected.ts";
import { ageMs, isAge } from "../../definition/quantity.ts";
import type { PreviewOptions } from "../../definition/types.ts";
import { urlOf } from "../../environment/build-spec.ts";
import { previewDefaults, previewName, withPreviews } from "../../environment/previews.ts";
import { resourceSpecs } from "../../environment/resource-specs.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { shellWord } from "../../errors/shell-word.ts";
import { isBranchGone } from "../../git/branch-gone.ts";
import type { EnvironmentAbout } from "../../records/resource.ts";
import { connect } from "../connect.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Say } from "../notice.ts";
import type { Session } from "../session.ts";
import { whoAsks } from "../who-asks.ts";
import { externalUrls } from "./external-urls.ts";

export interface CreateRequest {
  /** One of the definition's environments. */
  readonly environment?: string | undefined;
  /** The name of a preview; may be left out where `branch` is given. */
  readonly preview?: string | undefined;
  /** The branch that the preview is for: it ends with it. */
  readonly branch?: string | undefined;
  /** How long the preview lives: "1d". Default: what the definition says. */
  readonly ttl?: string | undefined;
}

/** What is there now. */
export interface Created {
  readonly name: string;
  readonly url: string;
  /** Of a preview. */
  readonly from?: string;
  readonly branch?: string;
  readonly endsAt?: number;
}

/**
 * Makes an environment of the definition, or a preview: its resources, and the record of it. Doing it again makes what is
 * missing; of a preview it moves the end to so long from now. Nothing is deployed.
 */
export async function createEnvironment(session: Session, request: CreateRequest, say: Say): Promise<Result<Created>> {
  const { environment, preview, branch, ttl } = request;
  const isPreview = preview !== undefined || branch !== undefined;
  if (isPreview === (environment !== undefined)) return failed(whichOne);
  if (isPreview) return createPreview(session, request, say);
  const found = findEnvironment(session, environment!);
  if (!found.ok) return ttl === undefined ? found : failed(...found.failures.map((one) => asPreview(one, request)));
  const declared = session.project.environments[found.value]!;
  if (declared.preview !== undefined) return createPreview(session, { preview: found.value, ttl }, say);
  if (ttl !== undefined) return failed(onlyPreviewsEnd(found.value, ttl));
  const about: EnvironmentAbout = {
    ...(await origin(session)),
    protected: isProtected(found.value, declared),
    resources: resourceSpecs(session.project, declared, session.folder),
  };
  const made = await make(session, { environment: found.value, about }, say);
  return made.ok ? ok({ name: found.value, url: urlOf(found.value, declared) }) : made;
}

async function createPreview(session: Session, request: CreateRequest, say: Say): Promise<Result<Created>> {
  const options = session.project.previews;
  if (options === undefined) return failed(noPreviews(session));
  const { branch } = request;
  const name = request.preview ?? previewName(branch!);
  const problem = (await branchProblem(session, branch)) ?? nameProblem(session, name) ?? ttlProblem(request.ttl);
  if (problem !== undefined) return failed(problem);
  const about = await aboutPreview(session, name, { options, branch, ttl: request.ttl });
  const made = await make(session, { environment: name, about, max: options.max ?? previewDefaults.max }, say);
  if (!made.ok) return made;
  const { endsAt } = about.preview!;
  const url = urlOf(name, environmentOf(session, name, about));
  return ok({ name, url, from: options.from, ...(branch !== undefined && { branch }), endsAt });
}

interface Wanted {
  readonly options: PreviewOptions;
  readonly branch: string | undefined;
  readonly ttl: string | undefined;
}

async function aboutPreview(session: Session, name: string, { options, branch, ttl }: Wanted) {
  const before = session.project.environments[name]?.preview;
  const kept = branch ?? before?.branch;
  const ttlMs = ageMs((ttl ?? options.ttl ?? previewDefaults.ttl) as `${number}d`);
  const about: EnvironmentAbout = {
    ...(await origin(session)),
    protected: false,
    resources: [],
    preview: {
      from: options.from,
      ...(kept !== undefined && { branch: kept, folder: session.folder }),
      ttlMs,
      endsAt: session.ports.now() + ttlMs,
      data: dataOf(options),
    },
  };
  const environment = environmentOf(session, name, about);
  return { ...about, resources: resourceSpecs(session.project, environment, session.folder) };
}

/** What the preview is going to be, by the rules that it is read with later. */
function environmentOf({ project }: Session, name: string, about: EnvironmentAbout) {
  const { [name]: _, ...others } = project.environments;
  const record = { name, members: [], stopped: false, about: { v: 1, ...about } };
  return withPreviews({ ...project, environments: others }, [record]).environments[name]!;
}

function dataOf({ data = "empty" }: PreviewOptions): NonNullable<EnvironmentAbout["preview"]>["data"] {
  return typeof data === "string" ? data : { seed: data.seed };
}

async function origin({ ports }: Session): Promise<Pick<EnvironmentAbout, "createdAt" | "owner" | "state">> {
  const { git, user } = await whoAsks(ports.folder, ports.env);
  return { createdAt: ports.now(), owner: git?.name ?? user, state: "creating" };
}

async function make(session: Session, call: Omit<CreateCall, "secrets">, say: Say): Promise<Result<void>> {
  const secrets = await externalUrls(session, call.environment, call.about.resources);
  const agent = await connect(session.ports, session);
  if (!agent.ok) return agent;
  const message = messageOf({ ...call, secrets });
  return agent.value.call(routes.create, message, { onEvent: say, signal: session.ports.signal });
}

function nameProblem({ project }: Session, name: string): Failure | undefined {
  if (!isHostLabel(name)) {
    return {
      code: "bad-arguments",
      message: `${JSON.stringify(name)} cannot be the name of a preview`,
      hint: "Use lower-case letters, digits and dashes, beginning with a letter, at most 40: the name becomes part of a host name.",
    };
  }
  const known = Object.hasOwn(project.environments, name) ? project.environments[name] : undefined;
  if (known === undefined || known.preview !== undefined) return undefined;
  return {
    code: "environment-taken",
    message: `${name} is an environment of the definition`,
    hint: "Give the preview another name: tidegate env create --preview NAME",
  };
}

/** Only what git says for certain: a branch that is nowhere would end its preview at once. */
async function branchProblem({ folder, ports }: Session, branch: string | undefined): Promise<Failure | undefined> {
  if (branch === undefined || !(await isBranchGone(folder, branch, ports.env))) return undefined;
  return {
    code: "bad-arguments",
    message: `There is no branch ${branch}, either here or on a remote`,
    hint: "List them: git branch --all",
  };
}

function ttlProblem(ttl: string | undefined): Failure | undefined {
  if (ttl === undefined || (isAge(ttl) && ageMs(ttl) > 0)) return undefined;
  return {
    code: "bad-arguments",
    message: `${JSON.stringify(ttl)} is not a lifetime`,
    hint: "A number above zero with m, h or d (minutes, hours, days): 30m, 12h, 3d.",
  };
}

function noPreviews({ project }: Session): Failure {
  const from = Object.entries(project.environments).find(([name, one]) => !isProtected(name, one))?.[0] ?? "staging";
  return {
    code: "bad-arguments",
    message: "The definition does not say what previews are modelled on",
    hint: `Add it to the definition: previews: { from: "${from}" }`,
  };
}

const whichOne = {
  code: "bad-arguments",
  message: "Which environment? Name one of the definition, or a preview",
  hint: "tidegate env create staging, or: tidegate env create --preview NAME",
} as const;

function onlyPreviewsEnd(name: string, ttl: string) {
  return {
    code: "bad-arguments",
    message: `${name} is an environment of the definition: only previews have a lifetime`,
    hint: `Without one: tidegate env create ${name}\nOr a preview: tidegate env create --preview NAME --ttl ${shellWord(ttl)}`,
  } as const;
}

/** Whoever gives it a time to live means a preview. */
function asPreview(unknown: Failure, { environment = "", ttl = "" }: CreateRequest): Failure {
  const hint = `To make a preview of that name: tidegate env create --preview ${shellWord(environment)} --ttl ${shellWord(ttl)}`;
  return { ...unknown, hint };
}
