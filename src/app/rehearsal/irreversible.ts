import type { DeploymentSpec } from "../../environment/spec.ts";
import type { Failure } from "../../errors/failure.ts";
import { ok, type Result } from "../../errors/result.ts";
import { migrationDigest } from "../../release/migration-digest.ts";
import { readManifest } from "../../release/read-manifest.ts";
import type { Session } from "../session.ts";

/** A migration that the release before has not run, as it is now, and as the definition says that it may be irreversible. */
interface NewMigration {
  readonly service: string;
  readonly digest: string;
  readonly declared?: { readonly migration: string; readonly because: string };
}

/**
 * Whether the definition says of every new migration between two releases that it is irreversible and why; if so, what is to be
 * done with a failure is written to the spec. What is declared of another state of a migration counts for nothing.
 */
export async function declaredIrreversible(
  session: Session,
  releases: { readonly from: string; readonly release: string },
): Promise<Result<NonNullable<DeploymentSpec["irreversible"]> | undefined>> {
  const found = await newMigrations(session, releases);
  if (!found.ok) return found;
  const isDeclared = ({ declared, digest }: NewMigration) => declared?.migration === digest;
  if (found.value.length === 0 || !found.value.every(isDeclared)) return ok(undefined);
  return ok({
    because: [...new Set(found.value.map(({ declared }) => declared!.because))].join("; "),
    services: found.value.map(({ service }) => service),
  });
}

/** The refusal of a rehearsal, with what would have to stand in the definition for it to count for nothing. */
export async function withWayOut(
  session: Session,
  releases: { readonly from: string; readonly release: string },
  refusal: Failure,
): Promise<Failure> {
  const found = await newMigrations(session, releases);
  if (!found.ok || found.value.length === 0) return refusal;
  const lines = found.value.map(({ service, digest, declared }) => {
    const lapsed =
      declared === undefined || declared.migration === digest
        ? ""
        : " (what stands there is about another state of it)";
    return `  ${service}: irreversible: { migration: "${digest}", because: "…" }${lapsed}`;
  });
  const ways = [
    "If there is to be no way back, say so at the service, for this state of its migration alone:",
    ...lines,
  ];
  return { ...refusal, hint: [refusal.hint, ...ways].filter(Boolean).join("\n") };
}

/** Those that are not the same in the release before; all of them where none is. */
async function newMigrations(
  { project, blobs }: Session,
  { from, release }: { readonly from: string; readonly release: string },
): Promise<Result<readonly NewMigration[]>> {
  const next = await readManifest(release, blobs);
  if (!next.ok) return next;
  const before = await readManifest(from, blobs);
  const all = Object.keys(next.value.services).flatMap((service): (NewMigration & { isSame: boolean })[] => {
    const declared = Object.hasOwn(project.services, service) ? project.services[service]?.irreversible : undefined;
    const digest = migrationDigest(next.value, service, declared?.files);
    if (digest === undefined) return [];
    const isSame = before.ok && migrationDigest(before.value, service, declared?.files) === digest;
    return [{ service, digest, isSame, ...(declared && { declared }) }];
  });
  const fresh = all.filter(({ isSame }) => !isSame);
  return ok(fresh.length > 0 ? fresh : all);
}
