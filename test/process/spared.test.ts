import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const tree = join(import.meta.dirname, "../../src/process/tree.ts");

test("a process that inherited the mark can end the tree without ending itself or its parents", async () => {
  const script = `
    import { spawn } from "node:child_process";
    import { treeMembers, endTree } from ${JSON.stringify(tree)};
    const other = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const root = { pid: other.pid, mark: "TIDEGATE_TEST=inherited" };
    const members = treeMembers(root).map((member) => member.pid);
    const how = await endTree(root, 10_000);
    console.log(JSON.stringify({ onlyOther: members.length === 1 && members[0] === other.pid, how }));
  `;
  const env = { PATH: process.env.PATH, TIDEGATE_TEST: "inherited" };
  // The shell stays between this process and the script, and has the mark as well.
  const argv = ["-c", '"$0" --input-type=module -e "$1"; exit $?', process.execPath, script];
  const { stdout } = await promisify(execFile)("/bin/sh", argv, { env });
  expect(JSON.parse(stdout)).toEqual({ onlyOther: true, how: "asked" });
});
