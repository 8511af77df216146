import { shellWord } from "../../../errors/shell-word.ts";
import type { Variables } from "../../../git/ask-git.ts";
import { findProgram } from "../../../inputs/tools.ts";
import type { Dockerfile } from "../dockerfile.ts";
import type { ServiceDraft, StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

/**
 * A Dockerfile beside nothing else that is known: the image is all that can be built. Beside a toolchain, nothing needs the
 * image, and a machine without Docker could ship nothing.
 */
export function dockerStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("Dockerfile")) return undefined;
  const tag =
    repository.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "image";
  return {
    found: "Dockerfile",
    tasks: [
      {
        name: "image",
        run: `docker build --tag ${tag} .`,
        stage: "package",
        onlyWith: "docker",
        uncached: "the image is not a file in the project, and Docker has a cache of its own",
      },
    ],
  };
}

/**
 * The service that an image starts, as a process of this machine: where its program is here, what it runs is a file of the
 * repository, and the port can be chosen. `undefined`: one of these is not so.
 */
export function dockerService(
  repository: Repository,
  dockerfile: Dockerfile,
  variables: Variables,
): ServiceDraft | undefined {
  const { command = [], port, folder = "" } = dockerfile;
  const words = (typeof command === "string" ? command.split(/\s+/) : command).map((word) =>
    inRepository(word, folder),
  );
  const [program = "", ...rest] = words;
  // What only a shell takes apart cannot be put together again.
  const unclear = typeof command === "string" ? /[;&|<>`$"'\\()]/ : /[;&|<>`$]/;
  if (words.some((word) => unclear.test(word))) return undefined;
  const script = words.find((word) => /\.\w+$/.test(word) && repository.has(word));
  const isOwn = program.includes("/") && script === program.replace(/^\.\//, "");
  if (!isOwn && findProgram(program, variables.PATH ?? "/usr/bin:/bin", "/") === undefined) return undefined;
  const told = rest.map((word) => withPort(word, port));
  const isTold = told.some((word) => word.includes("$PORT"));
  if (!isTold && (script === undefined || !/\bPORT\b/.test(repository.read(script)))) return undefined;
  const files = sourcePatterns(repository, { withTests: false }).filter(
    (one) => !/^(docker-)?compose|^Makefile$/.test(one),
  );
  return { name: "web", run: [shellWord(isOwn ? `./${script}` : program), ...told].join(" "), files };
}

function inRepository(word: string, folder: string): string {
  const above = `${folder.replace(/\/$/, "")}/`;
  return folder !== "" && word.startsWith(above) ? word.slice(above.length) : word.replace(/^\.\/(?=.)/, "");
}

/** The port of the image, which is the one of every container of it, as the one that an instance is given. */
function withPort(word: string, port: string | undefined): string {
  if (word === "0.0.0.0" || word === "::") return '"$HOST"';
  if (port === undefined) return shellWord(word);
  const address = new RegExp(`^(.*=)?(?:0\\.0\\.0\\.0|\\[::\\]|localhost|127\\.0\\.0\\.1|\\*):${port}$`).exec(word);
  const ahead = (match: RegExpExecArray) => (match[1] === undefined ? "" : shellWord(match[1]));
  if (address !== null) return `${ahead(address)}"$HOST:$PORT"`;
  const plain = new RegExp(`^(.*[=:])?${port}$`).exec(word);
  return plain === null ? shellWord(word) : `${ahead(plain)}"$PORT"`;
}

/** What the Dockerfile says of the service, for people who compare. */
export function dockerNote(dockerfile: Dockerfile): string {
  const { command, port, variables } = dockerfile;
  const shown = typeof command === "string" ? command : command?.join(" ");
  const names = Object.keys(variables).filter(
    (name) => !/^(PATH|NODE_VERSION|PYTHON\w+|LANG|LC_ALL|DEBIAN_FRONTEND|PIP_\w+)$/.test(name),
  );
  const says = [
    ...(shown === undefined ? [] : [`starts ${shown}`]),
    ...(port === undefined ? [] : [`listens on ${port}`]),
    ...(names.length === 0 ? [] : [`sets ${names.join(", ")}`]),
  ];
  const rest = says.length === 0 ? "" : ` It ${says.join(", ")}.`;
  return `The Dockerfile is not used: services run as processes of this machine, and nothing needs the image.${rest}`;
}
