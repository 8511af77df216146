import { join } from "node:path";

/** The name of a release's folder: the 64 digits of its digest. */
export function releaseFolderName(release: string): string {
  return release.replace("sha256:", "");
}

/** Where a release is unpacked to below `folder`, whether or not it is there already. */
export function releaseFolder(folder: string, release: string): string {
  return join(folder, releaseFolderName(release));
}
