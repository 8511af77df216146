import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { platform, release } from "node:os";
import { findDefinition } from "../../definition/load/find.ts";
import { showBytes } from "../../errors/quantities.ts";
import { unreachable } from "../../errors/unreachable.ts";
import { askGit } from "../../git/ask-git.ts";
import { repositoryFolder } from "../../git/git-commit.ts";
import { peekState } from "../../state/open-state.ts";
import { openProject, placeOf } from "../open-project.ts";
import type { Ports } from "../ports.ts";
import { nodeStanding, unclear } from "../project-node.ts";
import { checkEnvironments } from "./environments.ts";
import type { DoctorCheck, Finding } from "./finding.ts";
import { checkLimits } from "./limits.ts";
import { checkOwnProgram } from "./own-program.ts";
import { checkPorts } from "./ports.ts";
import { checkPrograms } from "./programs.ts";
import { checkState } from "./state.ts";

export type { Finding };

/** Looks at everything that Tidegate depends on, and says how to mend what is not as it should be. Changes nothing. */
export async function doctor(ports: Ports): Promise<Finding[]> {
  const checks = [
    checkNode,
    checkOwnProgram,
    checkProjectNode,
    checkGit,
    checkDefinition,
    checkState,
    checkEnvironments,
    checkPorts,
    checkPrograms,
    checkLimits,
    checkSpace,
  ];
  const findings: Finding[] = [];
  for (const check of checks) findings.push(...(await check(ports)));
  return findings;
}

const supported = ["linux", "darwin"];

/** The Node that runs this, and the system below it. An older Node never gets here. */
const checkNode: DoctorCheck = async () => [
  { state: "good", what: "Node", detail: `${process.versions.node} (${process.execPath})` },
  supported.includes(platform())
    ? { state: "good", what: "System", detail: `${platform()} ${release()}` }
    : {
        state: "broken",
        what: "System",
        detail: `${platform()} is not supported`,
        hint: "Tidegate runs on Linux and macOS; on Windows, use it inside WSL.",
      },
];

/** The Node that the project's tasks and services get, where it says one. */
const checkProjectNode: DoctorCheck = async ({ folder, env }) => {
  const what = "Node of the project";
  const standing = nodeStanding({ folder: projectFolder(folder), env });
  switch (standing.stands) {
    case "whichever":
      return [];
    case "unclear": {
      const { message, hint } = unclear(standing.said);
      return [{ state: "broken", what, detail: message, hint }];
    }
    case "missing": {
      const { text, from } = standing.said;
      const hint = "It is fetched by the next: tidegate run";
      return [{ state: "warning", what, detail: `${text} (${from}) is not on this machine`, hint }];
    }
    case "there": {
      const { text, from } = standing.said;
      return [{ state: "good", what, detail: `${standing.version}, as ${from} says: ${text}` }];
    }
    default:
      return unreachable(standing);
  }
};

/** The definition's, or the one that was asked about where there is none. */
function projectFolder(folder: string): string {
  return findDefinition(folder)?.folder ?? folder;
}

/** Whether the project is under version control, and git says so: a release names its commit, outputs are guarded by it. */
const checkGit: DoctorCheck = async ({ folder, env }) => {
  const ask = (...argv: string[]) => askGit(folder, argv, { variables: env, answers: [0, 1], limitMs: 10_000 });
  const head = await ask("rev-parse", "--verify", "--quiet", "--short", "HEAD");
  if (head.ok && head.code === 0) return [{ state: "good", what: "git", detail: `commit ${head.output.trim()}` }];
  if (head.ok)
    return [warning("the repository has no commit yet", "Run: git commit, so that releases know their commit.")];
  const isHere = repositoryFolder(folder) !== undefined;
  if (head.because === "namedElsewhere") return [{ ...warning(head.sentence, head.hint), state: "broken" }];
  if (!isHere && head.because === "noGit")
    return [warning("is not installed", "Install git, so that releases know their commit.")];
  if (!isHere)
    return [warning("the project is not in a repository", "Run: git init, so that releases know their commit.")];
  return [{ ...warning(`does not answer in this repository: ${head.sentence}`, head.hint), state: "broken" }];
};

function warning(detail: string, hint: string): Finding {
  return { state: "warning", what: "git", detail, hint };
}

/** Whether there is a definition that loads. What is wrong with it in detail is for `check`. */
const checkDefinition: DoctorCheck = async (ports) => {
  const opened = await openProject(ports);
  if (opened.ok)
    return [{ state: "good", what: "Definition", detail: `${opened.value.project.name} (${opened.value.file})` }];
  const isMissing = opened.failures[0]?.code === "no-definition";
  return [
    {
      state: isMissing ? "warning" : "broken",
      what: "Definition",
      detail: opened.failures[0]?.message ?? "",
      hint: isMissing ? "Run: tidegate init" : "Run: tidegate check",
    },
  ];
};

/** Below this a pipeline of any size soon fails. */
const scarceBytes = 1_000_000_000;
/** Below this nothing works any more. */
const noBytes = 20_000_000;

/** How much room there is: on the disk of the project, and on that of its state where it is another one. */
const checkSpace: DoctorCheck = async (ports) => {
  const own = await spaceOf("Disk", ports.folder, "finished runs and cached results of this project are in .tidegate/");
  const opened = await openProject(ports);
  const state = opened.ok ? peekState(placeOf(opened.value, ports)) : undefined;
  if (!state?.ok || state.value === undefined || statSync(state.value).dev === statSync(ports.folder).dev) return [own];
  const hint = "remove what no environment needs any more: tidegate release prune";
  return [own, await spaceOf(`Disk of ${state.value}`, state.value, hint)];
};

async function spaceOf(what: string, folder: string, whatGoes: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const bytes = bavail * bsize;
  const detail = `${showBytes(bytes)} free`;
  if (bytes >= scarceBytes) return { state: "good", what, detail };
  return { state: bytes < noBytes ? "broken" : "warning", what, detail, hint: `Free some space: ${whatGoes}.` };
}
