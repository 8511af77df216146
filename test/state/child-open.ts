import { openState } from "../../src/state/open-state.ts";

/** `child-open.ts <project folder> <name> <n>`: opens the state, and is killed at the nth step of moving it. */
const [projectFolder = "", name = "", killAt = ""] = process.argv.slice(2);
let steps = 0;
const opened = await openState({ projectFolder, name, variables: process.env }, "make", () => {
  steps += 1;
  if (steps === Number(killAt)) process.kill(process.pid, "SIGKILL");
});
process.stdout.write(`${JSON.stringify({ opened, steps })}\n`);
