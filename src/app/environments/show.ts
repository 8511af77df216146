import { relative } from "node:path";
import { readAgentRecord } from "../../agent/client/agent-record.ts";
import { declarationsOf, isIn } from "../../config/declare.ts";
import { previewPlace } from "../../config/preview-secrets.ts";
import { secretRequest } from "../../config/read-secrets.ts";
import { resourceSpecs } from "../../environment/resource-specs.ts";
import { type ResourceStatus, resourceStatus } from "../../environment/resource-status.ts";
import { ok, type Result } from "../../errors/result.ts";
import type { ResourceSpec } from "../../records/resource.ts";
import type { SecretReading } from "../../secrets/provider.ts";
import { servingDeployment } from "../../store/serving.ts";
import { findEnvironment } from "../find-environment.ts";
import type { Session } from "../session.ts";
import { lookAtResources } from "./cost.ts";
import { type ListedEnvironment, listOne } from "./environments.ts";

/** Everything that is known of one environment, its resources looked at whole, but what its processes do: that is `status`. */
export interface ShownEnvironment extends ListedEnvironment {
  readonly purpose?: string;
  /** The release that serves, and since which deployment. */
  readonly release?: string;
  readonly deployment?: number;
  readonly resources: readonly ShownResource[];
  /** Where each secret comes from; never a value. */
  readonly secrets: readonly { readonly key: string; readonly from: string }[];
}

/** One that the environment wants to have. */
export interface ShownResource extends Pick<ResourceSpec, "name" | "resource"> {
  /** What is there of it; absent: it was not made yet. */
  readonly looked?: ResourceStatus;
}

/** Looks at one environment; changes nothing. Fails when the ledger of its resources is not understood. */
export async function showEnvironment(
  session: Session,
  request: { readonly environment: string },
): Promise<Result<ShownEnvironment>> {
  const found = findEnvironment(session, request.environment);
  if (!found.ok) return found;
  const looked = await lookAtResources(session, found.value, "whole");
  if (!looked.ok) return looked;
  const listed = await listOne(session, found.value, looked);
  if (!listed.ok) return listed;
  const record = await session.store.environment(found.value);
  const serving = record.ok ? await servingDeployment(session.store, record.value) : record;
  if (!serving.ok) return serving;
  const declared = session.project.environments[found.value]!;
  const { purpose } = declared;
  const isTended = readAgentRecord(session.stateFolder) !== undefined;
  return ok({
    ...listed.value,
    ...(purpose !== undefined && { purpose }),
    ...(serving.value && { release: serving.value.release, deployment: serving.value.id }),
    resources: resourceSpecs(session.project, declared, session.folder).map(({ name, resource }) => {
      const one = looked.value.find((known) => known.name === name);
      return { name, resource, ...(one && { looked: resourceStatus(one, isTended) }) };
    }),
    secrets: await secretsOf(session, found.value),
  });
}

async function secretsOf({ project, secrets, folder }: Session, environment: string) {
  const declared = declarationsOf(project)
    .filter((declaration) => declaration.kind === "secret")
    .filter((declaration) => isIn(declaration, environment));
  const readings = await secrets.read(declared.map((one) => secretRequest(one, environment)));
  const isPreview = project.environments[environment]!.preview !== undefined;
  return declared.map(({ key }, index) => ({ key, from: placeOf(readings[index]!, folder, isPreview) }));
}

function placeOf(reading: SecretReading, folder: string, isPreview: boolean): string {
  if (reading.state === "missing") return "missing";
  const { origin } = reading;
  if (reading.state === "unreadable" && origin === undefined) return "unreadable";
  switch (origin?.kind) {
    case "file":
      return relative(folder, origin.path);
    case "variable":
      return `variable ${origin.name}`;
    case "command":
      return "a command";
    case "vault":
      return "a vault";
    case undefined:
      return isPreview
        ? `generated; to give all previews the same one: tidegate secrets set KEY --env ${previewPlace}`
        : "unknown";
    default:
      return origin satisfies never;
  }
}
