import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, ok, type Result } from "../../../errors/result.ts";
import { guardDisk } from "../../../files/guard-disk.ts";
import type { SnapshotAbout } from "../../../records/resource.ts";
import type { ResourceContext, Taken } from "../../resource.ts";
import { checkRoom } from "../../room.ts";
import { withUrl } from "../client/connect.ts";
import { guardServer } from "../client/failures.ts";
import { parseUrl, type UrlParts } from "../client/url.ts";
import { type ExternalSpec, externalWhere, seeExternal, urlOf } from "../external.ts";
import { databaseName } from "../names.ts";
import { dumpProgramsOf } from "../server/programs.ts";
import { dumpTo } from "./dump.ts";
import { dumpPath, dumpPlace, unknownSnapshot } from "./files.ts";
import { runProgram, urlTarget } from "./programs.ts";
import { noPrograms } from "./restore.ts";

/** Saves a database that somebody else looks after, as far as its role may read it. */
export async function takeExternal(spec: ExternalSpec, context: ResourceContext, name: string): Promise<Result<Taken>> {
  const [seen, url] = [await seeExternal(spec, context), urlOf(spec, context)];
  if (!seen.ok || !url.ok) return seen.ok ? (url as Result<never>) : seen;
  const bin = await dumpProgramsOf(seen.value.major);
  if (bin === undefined) return failed(noPrograms(seen.value.major));
  const { what } = externalWhere(spec, context);
  const place = dumpPlace(databaseName(["external", context.environment, spec.name]), name);
  const dump = { bin, place, target: urlTarget(parseUrl(url.value.reveal()) as UrlParts, context.snapshots) };
  return await guardDisk(() => {
    const room = checkRoom({ kind: "dump", what, bytes: seen.value.bytes, folder: context.snapshots }, context.say);
    if (!room.ok) return room;
    return guardServer(externalWhere(spec, context), () =>
      withUrl(url.value, (client) => dumpTo(client, seen.value.bytes, dump, context)),
    );
  });
}

/** Tidegate does not overwrite what is not its own; how to do it is said. */
export function restoreExternal(spec: ExternalSpec, context: ResourceContext, { place }: SnapshotAbout): Result<never> {
  const path = dumpPath(context, place);
  if (!path.ok || !existsSync(path.value)) return unknownSnapshot(place, context);
  return failed({
    code: "resource-external",
    message: `${externalWhere(spec, context).what} is not restored by Tidegate: it is managed elsewhere`,
    hint: `pg_restore --clean --if-exists --no-owner --dbname "$${spec.external.url}" ${path.value}`,
  });
}

/** Reads the whole dump. There is no server of the project's own to restore it to, which is said. */
export async function rehearseExternal(
  spec: ExternalSpec,
  context: ResourceContext,
  { place, version }: SnapshotAbout,
): Promise<Result<void>> {
  const path = dumpPath(context, place);
  if (!path.ok || !existsSync(path.value)) return unknownSnapshot(place, context);
  const major = version?.split(".")[0] ?? spec.version;
  const bin = await dumpProgramsOf(major);
  if (bin === undefined) return failed(noPrograms(major));
  context.say(`The snapshot of ${spec.name} is read to the end but not restored: the database is managed elsewhere`);
  const read = await guardDisk(() =>
    runProgram(join(bin, "pg_restore"), ["--file=/dev/null", path.value], undefined, {
      signal: context.signal,
      fills: context.snapshots,
    }),
  );
  return read.ok ? ok() : read;
}
