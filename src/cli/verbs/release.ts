import { findRelease } from "../../app/deploy/find-release.ts";
import { makeRelease } from "../../app/deploy/make-release.ts";
import type { Session } from "../../app/session.ts";
import { count, shortDigest, showBytes } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { showCommand } from "../../process/command.ts";
import { readManifest } from "../../release/read-manifest.ts";
import { verifyRelease } from "../../release/verify.ts";
import { releaseRow } from "../render/lines/release-row.ts";
import { table } from "../render/table.ts";
import { withRenderer } from "../render/with-renderer.ts";
import { defineVerb } from "../verb.ts";
import { withSession } from "../with-session.ts";

const digestArgument = { name: "release", summary: "A release's digest, or its beginning", required: true } as const;

const list = defineVerb({
  name: "list",
  summary: "Show all releases, newest first",
  usage: ["release list"],
  examples: [{ command: "tidegate release list --json", explains: "one JSON object per release" }],
  options: {},
  run: (context) =>
    withSession(context, "look", async ({ store }) => {
      const releases = await store.releases();
      if (context.json) for (const release of releases) context.stdout.write(`${JSON.stringify(release)}\n`);
      else if (releases.length === 0) context.stderr.write("There is no release yet. Make one: tidegate release\n");
      else context.stdout.write(`${table(releases.map((release) => releaseRow(release, context.now()))).join("\n")}\n`);
      return ok(undefined);
    }),
});

const show = defineVerb({
  name: "show",
  summary: "Show what is in a release",
  usage: ["release show <release>"],
  examples: [{ command: "tidegate release show 1a2b3c4d", explains: "its services and files" }],
  arguments: [digestArgument],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const release = await findRelease(session, call.arguments[0]!);
      if (!release.ok) return release;
      const manifest = await readManifest(release.value.digest, session.blobs);
      if (!manifest.ok) return manifest;
      if (context.json) {
        context.stdout.write(`${JSON.stringify({ ...release.value, manifest: manifest.value })}\n`);
        return ok(undefined);
      }
      const services = Object.entries(manifest.value.services).map(([name, { run }]) => [name, showCommand(run)]);
      const files = manifest.value.files.map((file) => [
        file.path,
        "size" in file ? showBytes(file.size) : "symlink" in file ? `→ ${file.symlink}` : "empty folder",
      ]);
      const lines = [
        release.value.digest,
        "",
        "services",
        ...table(services, "  "),
        "",
        "files",
        ...table(files, "  "),
      ];
      context.stdout.write(`${lines.join("\n")}\n`);
      return ok(undefined);
    }),
});

const verify = defineVerb({
  name: "verify",
  summary: "Check that every file of a release is what it was",
  usage: ["release verify [release]"],
  description: "Reads every stored file of the release, of all releases when none is named, and compares digests.",
  examples: [{ command: "tidegate release verify", explains: "all releases" }],
  arguments: [{ ...digestArgument, required: false }],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const chosen = await chosenReleases(session, call.arguments[0]);
      if (!chosen.ok) return chosen;
      const results = await Promise.all(chosen.value.map((digest) => verifyRelease(digest, session.blobs)));
      const failures = results.flatMap((result) => (result.ok ? [] : result.failures));
      if (failures.length > 0) return failed(...failures);
      if (context.json) context.stdout.write(`${JSON.stringify({ type: "verified", releases: chosen.value })}\n`);
      else context.stdout.write(`${count(chosen.value.length, "release")} verified\n`);
      return ok(undefined);
    }),
});

const clear = defineVerb({
  name: "clear",
  summary: "Lift the quarantine of a release that was rolled back",
  usage: ["release clear <release>"],
  examples: [{ command: "tidegate release clear 1a2b3c4d", explains: "it may be deployed again" }],
  arguments: [digestArgument],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const release = await findRelease(session, call.arguments[0]!);
      if (!release.ok) return release;
      const lifted = await session.store.setQuarantine(release.value.digest, undefined);
      if (!lifted.ok) return lifted;
      context.stderr.write(`Release ${shortDigest(release.value.digest)} may be deployed again.\n`);
      return ok(undefined);
    }),
});

export const release = defineVerb({
  name: "release",
  summary: "Make a release from the pipeline's outputs, or look at those there are",
  usage: ["release [options]", "release list|show|verify|clear"],
  description:
    "Runs the pipeline and packs what the services need, addressed by its content: the same inputs are the same release.",
  examples: [
    { command: "tidegate release", explains: "makes a release without deploying it" },
    { command: "tidegate release list", explains: "all releases" },
  ],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
    force: { kind: "flag", summary: "Run also tasks that are in the cache" },
  },
  verbs: [list, show, verify, clear],
  run: (context, call) =>
    withSession(context, "make", async (session) => {
      const { concurrency, force } = call.options;
      const made = await withRenderer(context, (tell) => makeRelease(session, { concurrency, force }, tell));
      if (!made.ok) return made;
      if (!context.json) context.stdout.write(`${made.value.digest}\n`);
      return ok(undefined);
    }),
});

async function chosenReleases(session: Session, prefix: string | undefined): Promise<Result<string[]>> {
  if (prefix === undefined) return ok((await session.store.releases()).map(({ digest }) => digest));
  const release = await findRelease(session, prefix);
  return release.ok ? ok([release.value.digest]) : release;
}
