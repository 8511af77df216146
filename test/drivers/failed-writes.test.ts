import { expect, test } from "vitest";
import { failedWrites, writesLine } from "../../src/drivers/failed-writes.ts";

const release = `sha256:${"ab".repeat(32)}`;
const copy = `/state/environments/staging/releases/${"ab".repeat(32)}`;

test.each<[string, string, readonly string[] | undefined]>([
  ["Node", `Error: EROFS: read-only file system, open '${copy}/instance/app.db'`, ["instance/app.db"]],
  ["Node as a user", `Error: EACCES: permission denied, open '${copy}/logs/x y.log'`, ["logs/x y.log"]],
  ["Node, of folders", `Error: ENOENT: no such file or directory, mkdir '${copy}/var/uploads'`, ["var/uploads/"]],
  ["Python", `OSError: [Errno 30] Read-only file system: 'instance/app.db'`, ["instance/app.db"]],
  ["Python as a user", `PermissionError: [Errno 13] Permission denied: '${copy}/uploads/a.png'`, ["uploads/a.png"]],
  ["Python's SQLite", "sqlite3.OperationalError: unable to open database file", []],
  ["SQLite", "Error: attempt to write a readonly database", []],
  ["Go", `panic: open ${copy}/cache/x: read-only file system`, ["cache/x"]],
  ["a shell", "sh: 1: cannot create tmp/x: Read-only file system", ["tmp/x"]],
  ["a file at the top", `touch: cannot touch '${copy}/app.db': Read-only file system`, ["app.db"]],
  ["nothing of the release", "Error: EACCES: permission denied, open '/etc/shadow'", undefined],
  ["a file that is missing", `Error: ENOENT: no such file or directory, open '${copy}/config.json'`, undefined],
  ["a database that is elsewhere", "connection refused: permission denied for table users", undefined],
  ["anything", "listening on 127.0.0.1:4000", undefined],
])("what could not be written is seen in the words of %s", (_, line, paths) => {
  expect(failedWrites(["before", line, "after"], release)).toEqual(paths);
});

test("the line that is missing names each folder once, and a file at the top by itself", () => {
  expect(writesLine(["instance/app.db", "instance/app.db-wal", "var/uploads/"])).toContain(
    'writes: ["instance/", "var/uploads/"]',
  );
  expect(writesLine(["var/a/x", "var/y"])).toContain('writes: ["var/"]');
  expect(writesLine(["app.db", "app.db-journal", "var/x"])).toContain('writes: ["app.db", "var/"]');
  expect(writesLine([])).toContain('writes: ["a-folder/"]');
});
