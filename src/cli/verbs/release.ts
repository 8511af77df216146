import { makeRelease } from "../../app/deploy/make-release.ts";
import {
  clearRelease,
  listReleases,
  pinRelease,
  pruneReleases,
  showRelease,
  unpinRelease,
  verifyReleases,
} from "../../app/deploy/releases.ts";
import { count, shortDigest } from "../../errors/quantities.ts";
import { ok } from "../../errors/result.ts";
import { pruneLines, releaseLines, releaseRow } from "../render/lines/release-lines.ts";
import { tableWithin, widthOf } from "../render/table.ts";
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
    withSession(context, "look", async (session) => {
      const listed = await listReleases(session);
      if (!listed.ok) return listed;
      const releases = listed.value;
      if (context.json) for (const release of releases) context.stdout.write(`${JSON.stringify(release)}\n`);
      else if (releases.length === 0) context.stderr.write("There is no release yet. Make one: tidegate release\n");
      else {
        const rows = releases.map((release) => releaseRow(release, context.now()));
        context.stdout.write(`${tableWithin(rows, widthOf(context.stdout)).join("\n")}\n`);
      }
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
      const shown = await showRelease(session, { release: call.arguments[0]! });
      if (!shown.ok) return shown;
      const { release, manifest } = shown.value;
      if (context.json) context.stdout.write(`${JSON.stringify({ ...release, manifest })}\n`);
      else context.stdout.write(`${releaseLines(release, manifest).join("\n")}\n`);
      return ok(undefined);
    }),
});

const verify = defineVerb({
  name: "verify",
  summary: "Check that every file of a release is unchanged",
  usage: ["release verify [release]"],
  description: "Reads every stored file of the release (of all releases if none is named) and compares digests.",
  examples: [{ command: "tidegate release verify", explains: "all releases" }],
  arguments: [{ ...digestArgument, required: false }],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const [release] = call.arguments;
      const verified = await verifyReleases(session, release === undefined ? {} : { release });
      if (!verified.ok) return verified;
      const releases = verified.value;
      if (context.json) context.stdout.write(`${JSON.stringify({ type: "verified", releases })}\n`);
      else context.stdout.write(`${count(releases.length, "release")} verified\n`);
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
      const cleared = await clearRelease(session, { release: call.arguments[0]! });
      if (!cleared.ok) return cleared;
      context.stderr.write(`Release ${shortDigest(cleared.value.digest)} may be deployed again.\n`);
      return ok(undefined);
    }),
});

const pin = defineVerb({
  name: "pin",
  summary: "Keep a release's files no matter what",
  usage: ["release pin <release> [--reason TEXT]"],
  examples: [{ command: "tidegate release pin 1a2b3c4d --reason 'the last before the rewrite'", explains: "and why" }],
  arguments: [digestArgument],
  options: { reason: { kind: "text", value: "TEXT", summary: "Why, for those who wonder later" } },
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const { reason } = call.options;
      const pinned = await pinRelease(session, {
        release: call.arguments[0]!,
        ...(reason !== undefined && { reason }),
      });
      if (!pinned.ok) return pinned;
      context.stderr.write(`Release ${shortDigest(pinned.value.digest)} is kept until it is unpinned.\n`);
      return ok(undefined);
    }),
});

const unpin = defineVerb({
  name: "unpin",
  summary: "Keep a release no longer than others",
  usage: ["release unpin <release>"],
  examples: [
    { command: "tidegate release unpin 1a2b3c4d", explains: "its files may be removed once nothing needs them" },
  ],
  arguments: [digestArgument],
  options: {},
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const unpinned = await unpinRelease(session, { release: call.arguments[0]! });
      if (!unpinned.ok) return unpinned;
      context.stderr.write(`Release ${shortDigest(unpinned.value.digest)} is kept like any other.\n`);
      return ok(undefined);
    }),
});

const prune = defineVerb({
  name: "prune",
  summary: "Remove the files of releases that nothing needs any more",
  usage: ["release prune [--dry-run]"],
  description:
    "Deployments do this automatically when they end. It keeps the releases that are serving, that rollbacks lead to,\n" +
    "that are pinned, the newest ten of each environment and those of the last seven days (`releases` in the definition).\n" +
    "What is known about the others stays in the history; making one again from its sources brings its files back.",
  examples: [
    { command: "tidegate release prune --dry-run", explains: "says what would be removed, and why the rest stays" },
    { command: "tidegate release prune", explains: "removes it" },
  ],
  options: { "dry-run": { kind: "flag", summary: "Only say what would be removed" } },
  run: (context, call) =>
    withSession(context, "look", async (session) => {
      const dryRun = call.options["dry-run"];
      const pruned = await pruneReleases(session, { dryRun });
      if (!pruned.ok) return pruned;
      const { kept, gone, freed } = pruned.value;
      const record = { type: "releasesPruned", dryRun, kept: Object.fromEntries(kept), gone, ...freed };
      if (context.json) context.stdout.write(`${JSON.stringify(record)}\n`);
      else context.stdout.write(`${pruneLines(pruned.value, dryRun, context.now()).join("\n")}\n`);
      return ok(undefined);
    }),
});

export const release = defineVerb({
  name: "release",
  summary: "Make a release from the pipeline's outputs, or inspect existing ones",
  usage: ["release [options]", "release list|show|verify|clear|pin|unpin|prune"],
  description:
    "Runs the pipeline and packs what the services need, addressed by its content: the same inputs give the same release.",
  examples: [
    { command: "tidegate release", explains: "makes a release without deploying it" },
    { command: "tidegate release list", explains: "all releases" },
  ],
  options: {
    concurrency: { kind: "number", value: "N", short: "n", summary: "Tasks at a time", default: "number of cores" },
    force: { kind: "flag", summary: "Also run tasks that are in the cache" },
  },
  verbs: [list, show, verify, clear, pin, unpin, prune],
  run: (context, call) =>
    withSession(context, "make", async (session) => {
      const { concurrency, force } = call.options;
      const made = await withRenderer(context, (say) => makeRelease(session, { concurrency, force }, say));
      if (!made.ok) return made;
      if (!context.json) context.stdout.write(`${made.value.digest}\n`);
      return ok(undefined);
    }),
});
