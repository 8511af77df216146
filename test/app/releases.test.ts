import { expect, test } from "vitest";
import { makeRelease } from "../../src/app/deploy/make-release.ts";
import {
  listReleases,
  pinRelease,
  pruneReleases,
  unpinRelease,
  verifyReleases,
} from "../../src/app/deploy/releases.ts";
import { ship } from "../../src/app/deploy/ship.ts";
import type { Ports } from "../../src/app/ports.ts";
import { type Session, withSession } from "../../src/app/session.ts";
import type { Result } from "../../src/errors/result.ts";
import { type TestProject, testProject } from "../support/project.ts";
import { failureOf, Listener, lendPackages, portsFor, unwrap } from "./ports.ts";

const dayMs = 24 * 60 * 60_000;
const quick = { concurrency: undefined, force: false } as const;

/** A project whose releases were made so many days ago. */
class OldProject {
  readonly #project: TestProject;
  readonly #heard = new Listener();

  constructor(project: TestProject) {
    this.#project = project;
  }

  static async make(): Promise<OldProject> {
    const project = await testProject();
    lendPackages(project.folder);
    return new OldProject(project);
  }

  in<T>(work: (session: Session) => Promise<Result<T>>, daysAgo = 0): Promise<Result<T>> {
    const more: Partial<Ports> = { now: () => Date.now() - daysAgo * dayMs };
    return withSession(portsFor(this.#project.folder, this.#project.env, more), "make", work);
  }

  async release(version: string, daysAgo: number): Promise<string> {
    this.#project.version(version);
    return unwrap(await this.in((session) => makeRelease(session, quick, this.#heard.say), daysAgo)).digest;
  }

  async ship(version: string): Promise<string> {
    this.#project.version(version);
    const shipped = unwrap(
      await this.in((session) => ship(session, { ...quick, wait: true, to: "staging" }, this.#heard.say), 30),
    );
    return shipped.release.digest;
  }

  label(): Promise<string> {
    return this.#project.label("staging");
  }

  async marks(): Promise<Record<string, string>> {
    const listed = unwrap(await this.in((session) => listReleases(session)));
    return Object.fromEntries(listed.map(({ digest, collected }) => [digest, collected ? "collected" : "kept"]));
  }
}

test("old releases that nobody needs lose their files, pinned ones and the latest do not, and a new making brings them back", async () => {
  const project = await OldProject.make();
  const [a, b, c] = [
    await project.release("one", 40),
    await project.release("two", 30),
    await project.release("three", 20),
  ];
  unwrap(await project.in((session) => pinRelease(session, { release: a, reason: "the first" })));
  const planned = unwrap(await project.in((session) => pruneReleases(session, { dryRun: true })));
  expect(planned.gone.map(({ digest }) => digest)).toEqual([b]);
  expect(await project.marks()).toEqual({ [a]: "kept", [b]: "kept", [c]: "kept" });

  const pruned = unwrap(await project.in((session) => pruneReleases(session, { dryRun: false })));
  expect([...pruned.kept]).toEqual([
    [a, "pinned"],
    [c, "latest"],
  ]);
  expect(pruned.freed?.blobs).toBeGreaterThan(0);
  expect(await project.marks()).toEqual({ [a]: "kept", [b]: "collected", [c]: "kept" });
  expect(unwrap(await project.in((session) => verifyReleases(session, {})))).toEqual([c, a]);
  expect(failureOf(await project.in((session) => pinRelease(session, { release: b })))).toMatchObject({
    code: "release-collected",
  });

  unwrap(await project.in((session) => unpinRelease(session, { release: a })));
  expect(await project.release("two", 0)).toBe(b);
  expect(await project.marks()).toEqual({ [a]: "kept", [b]: "kept", [c]: "kept" });
});

test("nothing is collected while a release is being packed: nobody knows yet what it needs", async () => {
  const project = await OldProject.make();
  await project.release("one", 40);
  await project.release("two", 30);
  const busy = await project.in(async (session) => {
    const hold = unwrap(await session.blobs.hold());
    try {
      return await pruneReleases(session, { dryRun: false });
    } finally {
      hold.letGo();
    }
  });
  expect(failureOf(busy)).toMatchObject({ code: "environment-busy", hint: expect.stringContaining("release prune") });
  expect(Object.values(await project.marks())).toEqual(["kept", "kept"]);
});

test("a deployment that has ended collects what nobody needs, and nothing that serves or served", async () => {
  const project = await OldProject.make();
  const unused = await project.release("unused", 40);
  const served = await project.ship("one");
  const serves = await project.ship("two");
  await expect.poll(() => project.marks()).toMatchObject({ [unused]: "collected" });
  expect(await project.marks()).toMatchObject({ [served]: "kept", [serves]: "kept" });
  expect(await project.label()).toBe("two");
});
