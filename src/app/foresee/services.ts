import { posix } from "node:path";
import type { Command, Project } from "../../definition/types.ts";
import { findProgram } from "../../inputs/tools.ts";
import { isBuiltIn } from "../../process/built-in.ts";
import { showCommand } from "../../process/command.ts";
import { Bins } from "./bins.ts";
import type { CommandNeed, FileNeed, ProgramNeed } from "./command-need.ts";
import type { ForeseeRequest, Foresight } from "./foreseen.ts";
import { missingProgram } from "./installers.ts";
import { loadProblems } from "./loads.ts";
import { needsOf } from "./needs.ts";
import type { ProjectFiles } from "./project-files.ts";
import type { ReleaseCover } from "./release-cover.ts";
import { missingScript } from "./scripts.ts";

/** A command that runs in the folder of a release. */
interface ReleaseCommand {
  /** For people: `Service "web"`. */
  readonly subject: string;
  readonly run: Command;
  readonly path: Foresight["path"];
  /** The service whose `files` a hint writes out. */
  readonly service: string;
}

interface Look {
  readonly request: ForeseeRequest;
  readonly files: ProjectFiles;
  readonly cover: ReleaseCover;
  readonly command: ReleaseCommand;
  readonly bins: Bins;
}

/** What is wrong with what services, their migrations and the gates of environments start. */
export function serviceProblems(request: ForeseeRequest, files: ProjectFiles, cover: ReleaseCover): Foresight[] {
  const bins = new Bins(files);
  return commandsOf(request.project).flatMap((command) => {
    const look = { request, files, cover, command, bins };
    const needs = needsOf(command.run, files);
    const found = needs.flatMap((need) => problemOf(look, need));
    // What is not in there at all would only be told again in other words.
    return found.length > 0
      ? found
      : loadProblems({ ...command, files: request.project.services[command.service]!.files }, needs, files, cover);
  });
}

function commandsOf({ services, environments }: Project): ReleaseCommand[] {
  const own = Object.entries(services).flatMap(([service, { run, migrate }]): ReleaseCommand[] => [
    ...(isBuiltIn(run) ? [] : [{ subject: `Service "${service}"`, run, path: ["services", service, "run"], service }]),
    ...(migrate === undefined
      ? []
      : [{ subject: `The migration of "${service}"`, run: migrate, path: ["services", service, "migrate"], service }]),
  ]);
  const [service] = Object.keys(services);
  if (service === undefined) return own;
  const gates = Object.entries(environments).flatMap(([environment, { gates = [] }]) =>
    gates.flatMap((gate, at): ReleaseCommand[] => {
      if (gate.gate !== "check") return [];
      const path = ["environments", environment, "gates", at, "run"];
      return [{ subject: `The check "${gate.name}" of ${environment}`, run: gate.run, path, service }];
    }),
  );
  return [...own, ...gates];
}

function problemOf(look: Look, need: CommandNeed): Foresight[] {
  switch (need.is) {
    case "file":
      return fileProblem(look, need);
    case "folder":
      return look.cover.reaches(need.path)
        ? []
        : [notInRelease(look, `${need.path}/`, `${need.of} serves what is in it`)];
    case "demand":
      // A service goes on until it is stopped, and its instances have the network.
      return [];
    case "script":
      return [missingScript(look.command.subject, look.command.path, need)];
    case "program":
      return programProblem(look, need);
    default:
      return need satisfies never;
  }
}

function fileProblem(look: Look, { anyOf }: FileNeed): Foresight[] {
  const { files, cover, request } = look;
  const found = anyOf.find((path) => files.isFile(path));
  if (found !== undefined) return cover.has(found) || cover.isBehindLink(found) ? [] : [notInRelease(look, found)];
  const [named] = anyOf;
  const made = anyOf.find((path) => cover.outputFor(path) !== undefined);
  if (!anyOf.some((path) => cover.has(path)))
    return made === undefined ? [nowhere(look, named, true)] : [notInRelease(look, made)];
  if (made === undefined || request.isBuilt) return [nowhere(look, named, request.isBuilt ?? false)];
  return elsewhere(look, named);
}

/** What was built before shows where it lands: `dist/src/server.js` instead of `dist/server.js`. */
function elsewhere(look: Look, named: string): Foresight[] {
  const { files, command } = look;
  const [folder = ""] = named.split("/");
  const name = posix.basename(named);
  const twin = files.find(folder, (path) => posix.basename(path) === name);
  if (twin === undefined) return [];
  return [
    {
      code: "command-file-missing",
      path: command.path,
      message: `${command.subject} starts ${named}, but what was built before is ${twin}`,
      hint: `Write ${twin} in \`run\`, or have the build write ${named}.`,
      isCertain: false,
    },
  ];
}

/** `isCertain`: no task says that it writes it, and the release does not want it either. */
function nowhere({ command, cover, request }: Look, named: string, isCertain: boolean): Foresight {
  const because = request.isBuilt ? "the pipeline has not written it" : "no task says that it writes it";
  const output = cover.outputFor(named) === undefined ? ", or add it to the `outputs` of the task that writes it" : "";
  return {
    code: "command-file-missing",
    path: command.path,
    message: `${command.subject} starts ${named}, which is not there, and ${because}`,
    hint: `Correct \`${showCommand(command.run)}\`${output}.`,
    isCertain,
  };
}

function notInRelease({ command, request, cover }: Look, path: string, because = ""): Foresight {
  const { files } = request.project.services[command.service]!;
  const output = cover.outputFor(path);
  const folder = posix.dirname(path);
  const wanted = output !== undefined && output.kind !== "glob" ? output.text : folder === "." ? path : `${folder}/`;
  return {
    code: "command-file-missing",
    path: command.path,
    message: `${command.subject} starts ${path}, which is not among the files of the release`,
    ...(because !== "" && { cause: because }),
    hint: `Add it to \`files\` of "${command.service}": files: [${[...files, wanted].map((text) => JSON.stringify(text)).join(", ")}]`,
    isCertain: true,
  };
}

/** Services are started without the project's `node_modules/.bin` in PATH; package managers put it there for scripts. */
function programProblem(look: Look, need: ProgramNeed): Foresight[] {
  const { files, cover, request, command, bins } = look;
  if (need.name.includes("/")) {
    const path = posix.join(need.folder, need.name);
    return path.startsWith("../") ? [] : fileProblem(look, { is: "file", anyOf: [path] });
  }
  if (findProgram(need.name, request.variables.PATH ?? "/usr/local/bin:/usr/bin:/bin", request.folder)) return [];
  const brought = bins.packageOf(need.name, need.folder);
  if (brought === undefined) return [missingProgram({ ...command, isNeeded: true }, need, files)];
  if (need.script !== undefined)
    return cover.reaches(posix.join(need.folder, "node_modules"))
      ? []
      : [notInRelease(look, "node_modules/", `${need.name} is a program of the package ${brought}`)];
  return [notInPath(command, need)];
}

function notInPath({ subject, path, run }: ReleaseCommand, { name }: ProgramNeed): Foresight {
  const inModules = `node_modules/.bin/${name}`;
  const command =
    typeof run === "string"
      ? JSON.stringify(run.replace(name, inModules))
      : JSON.stringify([inModules, ...run.slice(1)]);
  return {
    code: "program-missing",
    path,
    message: `${subject} runs ${name}, which is a program of node_modules, and services have those not in their PATH`,
    hint: `Name its place: run: ${command}`,
    isCertain: true,
  };
}
