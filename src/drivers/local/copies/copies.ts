import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { lstatIfThere } from "../../../files/lstat-if-there.ts";
import { removeTree } from "../../../files/remove-tree.ts";
import { explainDeviation, isAsItWas } from "../../deviation.ts";
import type { Deviation } from "../../driver.ts";
import { folderNameOf, type ReleaseContent } from "../../release-content.ts";
import type { Home } from "../home.ts";
import { notPrepared, releaseWritten } from "./copy-failures.ts";
import { aside, type CopyPlace, copyOf, copyPlace, copyRecordOf, unfinished } from "./copy-paths.ts";
import { copyDeviation } from "./copy-record.ts";
import type { Protection } from "./protection.ts";
import { SharedFiles } from "./shared-files.ts";
import { unpackCopy } from "./unpack.ts";
import { seedWrites } from "./writes.ts";

/**
 * The releases of environments as they lie on this disk: one read-only copy for each environment and release, so that
 * environments share nothing that could be written. Copies of one environment have the files in common that are the same. Each
 * copy is looked at before anything starts from it.
 *
 * One that is not as it was is put aside and made anew: where services cannot write to releases, only somebody from
 * outside can have changed it, and what was released is what has to run. Instances that run from it go on with what was
 * put aside. Where nothing keeps services from writing (root, on a system that can do neither of what `Protection` knows)
 * the change may be their data: then it is refused, and the failure says how to declare what they write.
 */
export class Copies {
  readonly #protection: Protection;
  readonly #report: (problem: unknown) => void;
  /** Several instances of a release that start at once need only one look. */
  readonly #looks = new Map<string, Promise<Deviation | undefined>>();

  constructor(protection: Protection, report: (problem: unknown) => void) {
    this.#protection = protection;
    this.#report = report;
  }

  /** Makes the copy unless it is there as it was. @throws the system's error when the disk refuses. */
  async prepare(home: Home, environment: string, content: ReleaseContent): Promise<Result<void>> {
    const place = copyPlace(home, environment);
    const deviation = await this.#look(place, content.digest);
    if (deviation === undefined || !isAsItWas(deviation)) {
      if (deviation !== undefined && (await this.#mayBeData(deviation)))
        return failed(releaseWritten(environment, content.digest, deviation));
      this.#putAside(place, content.digest, deviation);
      const unpacked = await unpackCopy(place, content);
      if (!unpacked.ok) return unpacked;
    }
    return seedWrites(place, content);
  }

  /** The folder to start in. Fails with `release-damaged` when the copy must be made anew first. */
  async folder(home: Home, environment: string, release: string): Promise<Result<string>> {
    const place = copyPlace(home, environment);
    const deviation = await this.#look(place, release);
    if (deviation !== undefined && isAsItWas(deviation)) return ok(copyOf(place, release));
    if (deviation !== undefined && (await this.#mayBeData(deviation)))
      return failed(releaseWritten(environment, release, deviation));
    return failed(notPrepared(environment, release, deviation));
  }

  /** How the copy is not as it was; `undefined` when there is none. */
  async deviation(home: Home, environment: string, release: string): Promise<Deviation | undefined> {
    const place = copyPlace(home, environment);
    const deviation = await this.#look(place, release);
    if (deviation !== undefined || !existsSync(copyOf(place, release))) return deviation;
    return { added: [], changed: ["(there is no record of how it was unpacked)"], missing: [] };
  }

  /** Removes the copy, and what was put aside of it. */
  async forget(home: Home, environment: string, release: string): Promise<void> {
    const place = copyPlace(home, environment);
    if (!existsSync(place.copies)) return;
    const name = folderNameOf(release);
    const isOfRelease = (other: string) =>
      other === name || other.startsWith(aside(release)) || other.startsWith(unfinished(release));
    await new SharedFiles(place).whileForgetting(async () => {
      // The record first: a copy without one is never used.
      rmSync(copyRecordOf(place, release), { force: true });
      for (const folder of readdirSync(place.copies).filter(isOfRelease)) await removeTree(join(place.copies, folder));
    });
  }

  /** Removes everything that is kept for an environment: copies, and what its services wrote. */
  async destroy(home: Home, environment: string): Promise<void> {
    await removeTree(dirname(copyPlace(home, environment).data));
  }

  /** Python keeps what it has compiled beside the code, and makes it anew. */
  async #mayBeData({ added, changed }: Deviation): Promise<boolean> {
    if (await this.#protection.isGiven()) return false;
    return changed.length > 0 || added.some((path) => !path.split("/").includes("__pycache__"));
  }

  #putAside(place: CopyPlace, release: string, deviation: Deviation | undefined): void {
    const copy = copyOf(place, release);
    if (lstatIfThere(copy) === undefined) return;
    const to = join(place.copies, `${aside(release)}${randomBytes(6).toString("hex")}`);
    renameSync(copy, to);
    const differs = deviation === undefined ? "there is no record of how it was unpacked" : explainDeviation(deviation);
    this.#report({ releaseChanged: release, environment: place.environment, differs, putAside: to });
  }

  #look(place: CopyPlace, release: string): Promise<Deviation | undefined> {
    const copy = copyOf(place, release);
    const under = this.#looks.get(copy);
    if (under !== undefined) return under;
    const looking = copyDeviation(copyRecordOf(place, release), copy, new SharedFiles(place)).finally(() =>
      this.#looks.delete(copy),
    );
    this.#looks.set(copy, looking);
    return looking;
  }
}
