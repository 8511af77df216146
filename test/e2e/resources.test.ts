import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { note, notes, resourceProject } from "../support/resource-project.ts";

interface Snapshot {
  readonly id: number;
  readonly because: string;
}

describe("a folder that a service uses", () => {
  test("is there when it starts, for it alone, and goes with the environment", async () => {
    const project = await resourceProject();
    await project.ok("ship");
    const env = (await (await fetch(project.url("staging", "/env"))).json()) as Record<string, string>;
    const path = join(project.stateFolder, "resources", "folders", "staging", "files", "data");
    expect(env.FILES).toBe(path);
    expect(existsSync(path)).toBe(true);
    await project.ok("env", "destroy", "staging", "--yes");
    expect(readdirSync(join(project.stateFolder, "resources"))).toEqual([]);
  });

  test("is saved and restored while it is used, and a restore can be done twice, and undone", async () => {
    const project = await resourceProject();
    await project.ok("ship");
    await note(project, "one");
    await project.ok("env", "backup", "staging");
    await note(project, "two");
    await project.ok("env", "restore", "staging", "--yes");
    expect(await notes(project)).toBe("one one");
    await project.ok("env", "restore", "staging", "--yes");
    expect(await notes(project)).toBe("one one");
    const snapshots = await project.json<Snapshot>("env", "snapshots", "staging");
    expect(snapshots.map(({ because }) => because)).toEqual(["beforeRestore", "beforeRestore", "asked"]);
    await project.ok("env", "restore", "staging", "--at", String(snapshots[1]?.id), "--yes");
    expect(await notes(project)).toBe("two two");
  });

  test("is saved once before each migration, which has the same path as the service", async () => {
    const project = await resourceProject({ migrate: "test -d $FILES && echo migrated >> $FILES/migrations" });
    await project.ok("ship");
    const snapshots = await project.json<Snapshot & { readonly deployment?: number }>("env", "snapshots", "staging");
    expect(snapshots).toMatchObject([{ because: "beforeMigration", deployment: 1 }]);
  });

  test("promise 18: is not in a backup of the state, which says so", async () => {
    const project = await resourceProject();
    await project.ok("ship");
    const done = await project.ok("state", "backup", join(project.parent, "backup.db"));
    expect(done.stderr).toContain("staging files");
  });
});
