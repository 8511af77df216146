import { readSecrets } from "../../config/read-secrets.ts";
import { configSchema, type JsonValue } from "../../config/schema.ts";
import { type Standing, standingsOf } from "../../config/standing.ts";
import { isProtected } from "../../definition/protected.ts";
import { buildSpec } from "../../environment/build-spec.ts";
import { type ColumnFacts, type Fact, known, unknownFact } from "../../environment/parity/facts.ts";
import { laptop, type Unknown } from "../../environment/parity/report.ts";
import { specFacts } from "../../environment/parity/spec-facts.ts";
import { type DeploymentSpec, specOf } from "../../environment/spec.ts";
import { ok, type Result } from "../../errors/result.ts";
import { canonicalJson } from "../../files/canonical-json.ts";
import { nodeRange } from "../../launcher/said-node.ts";
import type { ReleaseManifest } from "../../release/manifest.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { releaseServices } from "../../release/release-service.ts";
import { readProjectKey } from "../../secrets/project-key.ts";
import { servingIn } from "../../store/serving.ts";
import type { Session } from "../session.ts";
import { machineFacts, runtimeThatServes, runtimeToCome } from "./runtime.ts";
import { seenIn } from "./seen.ts";

/**
 * What serves in an environment; where nothing does, what the definition says of it. `leave`: no secret is asked for, and none
 * is in the column where nothing serves. Fails when the store does.
 */
export async function environmentColumn(
  session: Session,
  name: string,
  secrets: "read" | "leave" = "read",
): Promise<Result<ColumnFacts>> {
  const serving = await servingIn(session.store, name);
  if (!serving.ok) return serving;
  if (serving.value === undefined) return ok(await definitionColumn(session, name, secrets));
  const spec = specOf(serving.value);
  if (!spec.ok) return spec;
  const types = await typesOfRelease(session, spec.value.release);
  const { release } = spec.value;
  const facts = [
    ...specFacts(spec.value),
    ...types,
    ...(await seenIn(session, name, spec.value.resources ?? [], true)),
    ...(await runtimeThatServes(session, spec.value)),
    ...standingFacts(session, name),
    ...releaseFact(spec.value),
  ];
  return ok({
    column: { name, basis: "deployed", deployment: serving.value.id, release, ...previewMark(session, name) },
    facts,
  });
}

/** What a deployment that is not made yet will make. */
export async function plannedColumn(
  session: Session,
  spec: DeploymentSpec,
  manifest: ReleaseManifest,
): Promise<ColumnFacts> {
  const { environment: name, release } = spec;
  const facts = [
    ...specFacts(spec),
    ...typeFacts(manifest.config as JsonValue),
    ...(await seenIn(session, name, spec.resources ?? [], false)),
    ...(await runtimeToCome(session, spec)),
    ...standingFacts(session, name),
    ...releaseFact(spec),
  ];
  return { column: { name, basis: "planned", release }, facts };
}

/** The machine that the call was made on: `ci` where the variable CI says so. */
export async function machineColumn(session: Session): Promise<ColumnFacts> {
  const { CI = "" } = session.ports.env;
  const name = CI === "" || CI === "false" ? laptop : "ci";
  return { column: { name, basis: "machine" }, facts: await machineFacts(session), only: ["runtime"] };
}

async function definitionColumn(session: Session, name: string, asked: "read" | "leave"): Promise<ColumnFacts> {
  const { project, folder } = session;
  const secrets = asked === "read" ? await readSecrets(project, session.secrets, [name]) : new Map();
  const standings = await standingsOf(project, name, secrets.get(name) ?? new Map());
  const key = readProjectKey(`${session.stateFolder}/key`);
  const values = standings.flatMap((one) => (one.state === "set" ? [one.resolved] : []));
  const schema = configSchema(project);
  const { spec } = buildSpec({
    project,
    folder,
    environment: name,
    kind: "deploy",
    release: {
      digest: "",
      manifest: {
        schema: 4,
        project: project.name,
        services: releaseServices(project, nodeRange(folder)),
        files: [],
        config: schema,
      },
    },
    config: { environment: name, values },
    digest: (value) => key.digest(value),
  });
  const facts = [
    ...specFacts(spec),
    ...standings.flatMap(notKnown),
    ...typeFacts(schema),
    ...(asked === "read" ? await seenIn(session, name, spec.resources ?? [], false) : []),
    ...(await runtimeToCome(session, spec)),
    ...standingFacts(session, name),
  ];
  return { column: { name, basis: "definition", ...previewMark(session, name) }, facts };
}

function previewMark({ project }: Session, name: string): { readonly isPreview?: true } {
  const environment = Object.hasOwn(project.environments, name) ? project.environments[name] : undefined;
  return environment?.preview === undefined ? {} : { isPreview: true };
}

/** A key whose value cannot be read here, is wrong, or is missing: `check` says more. */
function notKnown(standing: Standing): Fact[] {
  if (standing.state === "set" || standing.state === "absent") return [];
  const { key, kind } = standing.declaration;
  const because = standing.state === "unreadable" ? "secretUnreadable" : "configInvalid";
  const [problem] = standing.problems;
  const unknown: Unknown = { because, observable: false, ...(problem && { evidence: problem.message }) };
  return [unknownFact(kind === "secret" ? "secrets" : "config", key, unknown)];
}

/** What the definition says of an environment and no deployment needs to know. */
function standingFacts({ project }: Session, name: string): Fact[] {
  const environment = Object.hasOwn(project.environments, name) ? project.environments[name] : undefined;
  if (environment === undefined) return [];
  const { purpose } = environment;
  return [
    ...(purpose === undefined ? [] : [known("place", "purpose", purpose)]),
    known("place", "protected", String(isProtected(name, environment))),
  ];
}

function releaseFact({ release }: DeploymentSpec): Fact[] {
  return [known("release", "release", release)];
}

/** A release whose files are no longer kept cannot say what its config was. */
async function typesOfRelease(session: Session, release: string): Promise<Fact[]> {
  const manifest = await readManifest(release, session.blobs);
  if (manifest.ok) return typeFacts(manifest.value.config as JsonValue);
  const [failure] = manifest.failures;
  const because = failure?.code === "release-collected" ? "releaseCollected" : "notReachable";
  const unknown: Unknown = { because, observable: false, ...(failure && { evidence: failure.message }) };
  const keys = Object.keys(keysOf(configSchema(session.project)));
  return keys.map((key) => unknownFact("types", key, unknown));
}

function typeFacts(schema: JsonValue): Fact[] {
  return Object.entries(keysOf(schema)).map(([key, type]) => known("types", key, canonicalJson(withoutDialect(type))));
}

/** Which dialect of JSON Schema a type is told in is the same for all. */
function withoutDialect(type: JsonValue): JsonValue {
  if (typeof type !== "object" || type === null || !("schema" in type)) return type;
  const { schema } = type;
  if (typeof schema !== "object" || schema === null || !("$schema" in schema)) return type;
  const { $schema: _, ...rest } = schema;
  return { ...type, schema: rest };
}

/** What a release says of its config, by key. */
function keysOf(schema: JsonValue): Readonly<Record<string, JsonValue>> {
  const { keys = {} } = schema as { readonly keys?: Readonly<Record<string, JsonValue>> };
  return keys;
}
