/** The first version of Node that Tidegate runs on. */
const oldestNode = 24;

export function isNodeTooOld(nodeVersion: string): boolean {
  return Number.parseInt(nodeVersion, 10) < oldestNode;
}

/**
 * Says what is needed and how to go on; returns the exit code. It cannot use the renderers: they need a current Node.
 * The exit code is that of `node-too-old`.
 */
export function nodeTooOld(nodeVersion: string, json: boolean): number {
  const message = `Tidegate needs Node ${oldestNode} or newer, this is ${nodeVersion}`;
  const hint =
    `Run: npm i -D node@${oldestNode}\nthen: npm exec -- tidegate ${process.argv.slice(2).join(" ")}`.trimEnd();
  if (json) process.stdout.write(`${JSON.stringify({ type: "failure", code: "node-too-old", message, hint })}\n`);
  else process.stderr.write(`error[node-too-old]: ${message}\n  hint: ${hint.replace("\n", "\n        ")}\n`);
  return 4;
}
