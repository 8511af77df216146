import { configSchema } from "../../config/schema.ts";
import type { Failure } from "../../errors/failure.ts";
import { failed, type Result } from "../../errors/result.ts";
import type { LeftOut } from "../../events/event.ts";
import { pipelinePaths } from "../../files/state-folder.ts";
import { projectGraph } from "../../graph/project-graph.ts";
import { packRelease } from "../../release/pack.ts";
import { PackIndex } from "../../release/pack-index.ts";
import { readProvenance } from "../../release/provenance.ts";
import type { RunResult } from "../../run/run.ts";
import { openCacheKey } from "../../secrets/cache-key.ts";
import { redactDeep } from "../../secrets/redaction/redact.ts";
import type { ReleaseRecord } from "../../store/store.ts";
import { linesToAdd, usualServices } from "../definition-lines.ts";
import { lookAhead } from "../foresee/look-ahead.ts";
import type { Say } from "../notice.ts";
import { callPipeline } from "../run/pipeline-call.ts";
import { leakCheck } from "../secrets/leak-check.ts";
import type { Session } from "../session.ts";

export interface MakeReleaseOptions {
  readonly concurrency: number | undefined;
  readonly force: boolean;
}

/** The pipeline, then the release of what it made. */
export async function makeRelease(
  session: Session,
  options: MakeReleaseOptions,
  say: Say,
): Promise<Result<ReleaseRecord>> {
  if (Object.keys(session.project.services).length === 0) {
    const { names, entries } = await usualServices(session);
    return failed({
      code: "unknown-service",
      message: "The definition has no services, so there is nothing to release",
      hint: linesToAdd(session.file, names, entries),
    });
  }
  const ahead = await lookAhead(session, session.ports);
  if (ahead.problems.length > 0) return failed(...(await session.locate(ahead.problems)));
  for (const failure of await session.locate(ahead.warnings)) say({ notice: "trouble", failure });
  const ran = await callPipeline(session.ports, session, say, options);
  if (!ran.ok) return ran;
  for (const failure of ran.value.troubles) say({ notice: "trouble", failure });
  if (ran.value.outcome !== "succeeded") return failed(noRelease(ran.value));
  const built = await lookAhead(session, session.ports, { isBuilt: true });
  if (built.problems.length > 0) return failed(...(await session.locate(built.problems)));
  return pack(session, ran.value.run, say);
}

/** Until the release is written down nobody collects what it is made of. */
async function pack(session: Session, run: string, say: Say): Promise<Result<ReleaseRecord>> {
  const hold = await session.blobs.hold();
  if (!hold.ok) return hold;
  try {
    return await packHeld(session, run, say);
  } finally {
    hold.value.letGo();
  }
}

async function packHeld(session: Session, run: string, say: Say): Promise<Result<ReleaseRecord>> {
  const { project, folder, blobs, store, ports } = session;
  const { scanner, unchecked } = await leakCheck(session);
  let size = { files: 0, bytes: 0 };
  let leftOut: LeftOut | undefined;
  const { graph } = await projectGraph(project, folder);
  const { packIndex } = pipelinePaths(session.checkoutFolder);
  const packed = await packRelease({
    projectFolder: folder,
    project,
    blobs,
    configSchema: configSchema(project),
    leaks: { scanner, unchecked },
    outputs: [...graph.values()].flatMap(({ patterns }) => patterns.outputs.map(({ pattern }) => pattern)),
    variables: ports.env,
    index: new PackIndex(packIndex, openCacheKey(ports.env).key, scanner),
    emit: (event) => {
      if (event.type === "releasePacked") {
        size = { files: event.files, bytes: event.bytes };
        leftOut = event.leftOut;
      }
      say(event);
    },
  });
  if (!packed.ok) return packed;
  // The subject of a commit is anybody's text.
  const provenance = redactDeep(
    { ...(await readProvenance(folder)), ...(leftOut && { leftOut }) },
    scanner.secrets.map(({ secret }) => secret),
  );
  return store.addRelease({ digest: packed.value.digest, createdAt: ports.now(), ...size, run, provenance });
}

/** What each task said is shown already; this says why there is no release. */
function noRelease(result: RunResult): Failure {
  if (result.outcome === "cancelled")
    return { code: "interrupted", message: "The pipeline was interrupted; nothing was released" };
  const failedTasks = Object.entries(result.tasks).filter(([, task]) => task.failures.length > 0);
  const names = failedTasks.map(([name]) => name);
  return {
    code: "task-failed",
    message: `The pipeline failed (${names.join(", ")}); nothing was released`,
    hint: `See all of its output: tidegate logs ${names[0] ?? ""}`,
  };
}
