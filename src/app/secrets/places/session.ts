import { relative } from "node:path";
import type { KeyLookup } from "@tidegate/sops";
import { declarationsOf, type SecretKey } from "../../../config/declare.ts";
import { previewPlace } from "../../../config/preview-secrets.ts";
import { ok, type Result } from "../../../errors/result.ts";
import type { AgeCall } from "../../../secrets/files/judge-age.ts";
import { type KeysOf, keyLookup } from "../../../secrets/files/keys.ts";
import type { SecretsLayout } from "../../../secrets/files/layout.ts";
import { wipeLeft } from "../../../secrets/files/left-plaintext.ts";
import type { Say } from "../../notice.ts";
import { type OpenProject, openProject } from "../../open-project.ts";
import type { Ports } from "../../ports.ts";

/** The opened project, its secrets files and the caller's keys: what use cases about secrets work on. */
export interface SecretsSession extends OpenProject {
  readonly ports: Ports;
  readonly say: Say;
  readonly layout: SecretsLayout;
  /** Where the caller's keys are looked for. */
  readonly keys: KeyLookup;
  /** The secrets of the definition, in its order. */
  readonly declared: readonly SecretKey[];
}

/** The place of secrets that all environments share. */
export const sharedPlace = "shared";

/** Loads the definition; reads no secret yet. What a killed edit left in clear is wiped first. */
export async function openSecrets(ports: Ports, say: Say = () => undefined): Promise<Result<SecretsSession>> {
  wipeLeft(ports.env);
  const opened = await openProject(ports);
  if (!opened.ok) return opened;
  const { project, folder } = opened.value;
  const pattern = project.secrets?.path;
  return ok({
    ...opened.value,
    ports,
    say,
    layout: { folder, ...(pattern !== undefined && { pattern }) },
    keys: lookupOf(ports, folder, {
      name: project.name,
      environments: [...Object.keys(project.environments), sharedPlace, previewPlace],
    }),
    declared: declarationsOf(project).filter((declaration) => declaration.kind === "secret"),
  });
}

/** `own`: absent where the definition cannot be had; then only the user's keys count. */
export function lookupOf({ env, signal }: Ports, folder: string, own?: KeysOf): KeyLookup {
  return keyLookup({ variables: env, folder, signal }, own);
}

/** Whether the place `preview` is that of the project's previews. */
export function hasPreviews({ project }: Pick<OpenProject, "project">): boolean {
  return project.previews !== undefined;
}

/** The places that can have a file: the environments, `preview` when there may be any, and `shared` when a secret is. */
export function placesOf({ project, declared }: SecretsSession): string[] {
  const isShared = declared.some(({ shared }) => shared !== undefined);
  const ofPreviews = hasPreviews({ project }) ? [previewPlace] : [];
  return [...Object.keys(project.environments), ...ofPreviews, ...(isShared ? [sharedPlace] : [])];
}

/** How the file of a place is compared with other versions of itself. */
export function ageCallOf({ layout, ports }: Pick<SecretsSession, "layout" | "ports">, place: string): AgeCall {
  return { layout, place, variables: ports.env };
}

/** A path as people see it from where they called. */
export function shownPath({ ports }: Pick<SecretsSession, "ports">, path: string): string {
  const shown = relative(ports.cwd, path);
  return shown === "" ? "." : shown;
}
