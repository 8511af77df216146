import { checkConfig } from "../../config/check.ts";
import type { SecretDigests } from "../../config/compare-secrets.ts";
import { readSecrets } from "../../config/read-secrets.ts";
import { resolveConfig, type SetValues } from "../../config/resolve.ts";
import { sourcesDigest } from "../../definition/load/pure-sources.ts";
import type { Problem } from "../../definition/problem.ts";
import type { Project } from "../../definition/types.ts";
import { operatorRefusal } from "../../environment/access.ts";
import { refusals } from "../../environment/admission.ts";
import { type BuiltSpec, buildSpec } from "../../environment/build-spec.ts";
import { declaredOrder } from "../../environment/order.ts";
import { isOverridden } from "../../environment/overrides.ts";
import type { ParityReport } from "../../environment/parity/report.ts";
import { type DeploymentSpec, type Override, type Stamp, specOf } from "../../environment/spec.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import type { DeploymentKind } from "../../events/event.ts";
import { digestOf } from "../../files/digest-of.ts";
import { gates } from "../../records/deployment-spec.ts";
import { checkStoredRelease } from "../../release/leak-gate.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { type ProjectKey, readProjectKey } from "../../secrets/project-key.ts";
import { servingIn } from "../../store/serving.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import type { Say } from "../notice.ts";
import { askParity } from "../parity/gate.ts";
import { askRehearsal } from "../rehearsal/gate.ts";
import { leakCheck } from "../secrets/leak-check.ts";
import type { Session } from "../session.ts";
import { checkPorts } from "../taken-ports.ts";
import { whoAsks } from "../who-asks.ts";
import { authorsOf } from "./commits.ts";

/** Why a deployment is made, when it is because of an incident. */
export interface Occasion {
  /** The deployment that went wrong and that it remedies. */
  readonly remediates?: number;
  readonly unplanned?: true;
}

/** What wants to go where. */
export interface Applicant extends Occasion {
  readonly environment: string;
  readonly release: ReleaseRecord;
  readonly kind: DeploymentKind;
  /** Config set by hand, for this deployment only. */
  readonly set?: SetValues;
  /** Gates that are set aside for it. */
  readonly overrides?: readonly Override[];
  /** It was packed in this session, whose leak gate has looked for the same secrets a moment ago. */
  readonly isFresh?: boolean;
}

/** What a deployment has to know, with the stamp that the agent asks for. */
export interface StampedSpec extends BuiltSpec {
  readonly spec: DeploymentSpec & { readonly stamp: Stamp };
  /** How it compares with the environment before; absent: there is none. */
  readonly parity?: ParityReport;
}

/**
 * The one door for every deployment: whoever deploys or promotes, from wherever, comes through here, and the agent
 * takes nothing else. The gates, in this order: the config of every environment, the release's files against the values of
 * secrets, what the store knows of the release, parity with the environment before, the port that it is to be reached by, the rehearsal. All problems of a gate are told at once;
 * the first gate that refuses ends it. (A rollback goes through another door, on purpose without gates: the agent's own, to something that served
 * already.)
 */
export async function admit(session: Session, applicant: Applicant, say: Say): Promise<Result<StampedSpec>> {
  const { environment, release, set } = applicant;
  const checked = await checkEveryConfig(session, [environment], set);
  if (!checked.ok) return checked;
  const leaks = applicant.isFresh ? ok() : await checkLeaks(session, release.digest);
  if (!leaks.ok) return leaks;
  const built = await prepareDeployment(session, applicant);
  if (!built.ok) return built;
  const asker = await whoAsks(session.ports.folder, session.ports.env);
  const barred = operatorRefusal(built.value.spec, asker);
  if (barred.length > 0) return failed(...barred);
  const refused = await refusals(session.store, built.value.spec, release, session.ports.now());
  if (!refused.ok) return refused;
  if (refused.value.length > 0) return failed(...refused.value);
  const parity = await askParity(session, built.value.spec);
  if (!parity.ok) return parity;
  if (parity.value.refused.length > 0 && !isOverridden(built.value.spec, "parity"))
    return failed(...parity.value.refused);
  const reachable = await checkPorts(session, [environment]);
  if (!reachable.ok) return reachable;
  const rehearsed = isOverridden(built.value.spec, "rehearsal")
    ? ok()
    : await askRehearsal(session, { environment, release }, say);
  if (!rehearsed.ok) return rehearsed;
  const { report } = parity.value;
  const passed = gates.filter((gate) => !isOverridden(built.value.spec, gate));
  const stamp = {
    ...{ definition: sourcesDigest(session), environment, release: release.digest, passed },
    ...(report && { parity: digestOf(report) }),
    ...(built.value.spec.approval?.notAuthor && (await authorsOf(session, environment, release))),
  };
  const irreversible = rehearsed.value && { irreversible: rehearsed.value };
  const spec = { ...built.value.spec, ...irreversible, stamp: { ...stamp, at: session.ports.now() } };
  return ok({ ...built.value, spec, ...(report && { parity: report }) });
}

/**
 * Every problem with the config of every environment; secrets of the ones that are about to be deployed to. The first
 * gate, which can be asked before there is a release.
 */
export async function checkEveryConfig(
  session: Session,
  targets: readonly string[],
  set: SetValues = new Map(),
): Promise<Result<void>> {
  const secrets = await readSecrets(session.project, session.secrets, targets);
  const key = projectKeyOf(session);
  const deployed = await deployedDigests(session, targets);
  if (!deployed.ok) return deployed;
  const known = { secrets, digest: (value: string) => key.digest(value), deployed: deployed.value };
  const withSecrets = await checkConfig(onlyWith(session, targets), known);
  const others = declaredOrder(session.project).filter((name) => !targets.includes(name));
  const withoutSecrets = others.length === 0 ? [] : await checkConfig(onlyWith(session, others));
  const problems = [...withSecrets, ...withoutSecrets, ...(await setProblems(session.project, targets, set))];
  return problems.length === 0 ? ok() : failed(...(await session.locate(problems)));
}

/** A secret may have another value now than when the release was packed: then nobody has looked for that yet. */
async function checkLeaks(session: Session, digest: string): Promise<Result<void>> {
  const { scanner } = await leakCheck(session);
  if (scanner.secrets.length === 0) return ok();
  const manifest = await readManifest(digest, session.blobs);
  return manifest.ok ? checkStoredRelease(scanner, manifest.value, session.blobs) : manifest;
}

/** What a deployment would have to know, before any gate but that its config can be resolved. */
export async function prepareDeployment(
  session: Session,
  { environment, release, kind, set, remediates, unplanned, overrides }: Omit<Applicant, "isFresh">,
): Promise<Result<BuiltSpec>> {
  const { project, blobs } = session;
  const manifest = await readManifest(release.digest, blobs);
  if (!manifest.ok) return manifest;
  const secrets = await readSecrets(project, session.secrets, [environment]);
  const config = await resolveConfig(project, environment, secrets.get(environment), set);
  if (!config.ok) return failed(...(await session.locate(config.problems)));
  const key = projectKeyOf(session);
  return ok(
    buildSpec({
      project,
      folder: session.folder,
      environment,
      kind,
      release: { digest: release.digest, manifest: manifest.value },
      config: config.value,
      ...(remediates !== undefined && { remediates }),
      ...(unplanned && { unplanned }),
      ...(overrides && { overrides }),
      digest: (value) => key.digest(value),
    }),
  );
}

/** Of the secrets of the other environments nothing more is needed than what was kept when they were deployed. */
async function deployedDigests(
  { project, store }: Session,
  targets: readonly string[],
): Promise<Result<SecretDigests>> {
  const isPreview = (name: string) => project.environments[name]?.preview !== undefined;
  // Previews have theirs in common.
  const others = Object.keys(project.environments).filter(
    (name) => !targets.includes(name) && !(isPreview(name) && targets.some(isPreview)),
  );
  const digests = new Map<string, Readonly<Record<string, string>>>();
  for (const name of others) {
    const serving = await servingIn(store, name);
    if (!serving.ok) return serving;
    if (serving.value === undefined) continue;
    const spec = specOf(serving.value);
    if (!spec.ok) return spec;
    digests.set(name, spec.value.secrets);
  }
  return ok(digests);
}

function projectKeyOf({ stateFolder }: Session): ProjectKey {
  return readProjectKey(`${stateFolder}/key`);
}

/** What is set by hand and does not fit. */
async function setProblems(project: Project, targets: readonly string[], set: SetValues): Promise<readonly Problem[]> {
  const [target] = targets;
  if (target === undefined || set.size === 0) return [];
  const resolved = await resolveConfig(project, target, undefined, set);
  const byHand = (key: string | number | undefined) => typeof key === "string" && set.has(key);
  return resolved.ok ? [] : resolved.problems.filter(({ path: [first, key] }) => first === "config" && byHand(key));
}

function onlyWith(session: Session, names: readonly string[]) {
  const environments = Object.entries(session.project.environments).filter(([name]) => names.includes(name));
  return { ...session.project, environments: Object.fromEntries(environments) };
}
