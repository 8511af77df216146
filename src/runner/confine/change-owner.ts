import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Changes whose a tree is: links themselves, never what they lead to, and without its setuid bits, which the kernel takes
 * away. For root. chown(1) walks by descriptors, so that no link can lead it out of the tree. @throws its error.
 */
export async function changeOwner(tree: string, user: number, group: number): Promise<void> {
  const words = ["-R", "-P", "-h", "--", `${user}:${group}`, tree];
  await promisify(execFile)("chown", words, { cwd: "/", env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin" } });
}
