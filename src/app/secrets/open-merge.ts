import { existsSync } from "node:fs";
import { dirname } from "node:path";
import type { Identity, SignersFile } from "@tidegate/sops";
import { ok, type Result } from "../../errors/result.ts";
import { signersPath } from "../../secrets/files/layout.ts";
import { readSigners } from "../../secrets/files/read-file.ts";
import { fromSops } from "../../secrets/from-sops.ts";
import type { Ports } from "../ports.ts";
import { lookupOf, openSecrets } from "./places/session.ts";

/** What a merge of one file needs. */
export interface OpenMerge {
  /** Where the file is in the project; absolute. */
  readonly path: string;
  readonly now: Date;
  readonly signers?: SignersFile;
  identities(recipients: readonly string[]): Promise<Result<readonly Identity[]>>;
}

/** In the midst of a merge the definition itself may be torn: then the usual places count, and the user's own keys. */
export async function openMerge(ports: Ports, path: string): Promise<Result<OpenMerge>> {
  // Git calls from the top of the repository; the project may be below it.
  const above = findFolder(dirname(path)) ?? ports.folder;
  const session = await openSecrets({ ...ports, folder: above });
  const keys = session.ok ? session.value.keys : lookupOf(ports, ports.folder);
  const folder = dirname(dirname(path));
  const signers = await readSigners(signersPath(session.ok ? session.value.layout : { folder }));
  if (!signers.ok) return signers;
  return ok({
    path,
    now: new Date(ports.now()),
    ...(signers.value && { signers: signers.value }),
    identities: async (recipients) => {
      const { findIdentities } = await import("@tidegate/sops");
      return fromSops(await findIdentities(keys, recipients));
    },
  });
}

/** The nearest folder that is there: on this branch the file's own may not be. */
function findFolder(folder: string): string | undefined {
  if (existsSync(folder)) return folder;
  return dirname(folder) === folder ? undefined : findFolder(dirname(folder));
}
