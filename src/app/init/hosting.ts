import { readDockerfile } from "./dockerfile.ts";
import { readProcfile } from "./procfile.ts";
import type { Repository } from "./repository.ts";

/** What files for places that run applications say of how this one is started. */
export interface Hosting {
  /** The lines that start it, the most telling first. */
  readonly starts: readonly HostingLine[];
  /** What runs before a release is used. */
  readonly release?: HostingLine;
}

/** A command line, and where it stands. */
export interface HostingLine {
  /** The file that says it. */
  readonly where: string;
  readonly line: string;
}

/** `key: "value"`, `key = 'value'`, `"key": "value"`: enough of YAML, TOML and JSON for one line. */
function lineOf(text: string, key: string): string | undefined {
  const found = new RegExp(
    `^[ \\t-]*["']?${key}["']?[ \\t]*[:=][ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|'([^']*)'|([^\\s#"'|>][^\\n#]*))`,
    "m",
  );
  const [, double, single, bare] = found.exec(text) ?? [];
  return double?.replace(/\\(["\\])/g, "$1") ?? single ?? bare?.trim();
}

/** The part of a text from a line on. */
function from(text: string, line: RegExp): string {
  const at = text.search(line);
  return at === -1 ? "" : text.slice(at);
}

const startFiles: readonly (readonly [string, (text: string) => string | undefined])[] = [
  ["render.yaml", (text) => lineOf(text, "startCommand")],
  ["railway.json", (text) => lineOf(text, "startCommand")],
  ["railway.toml", (text) => lineOf(text, "startCommand")],
  ["nixpacks.toml", (text) => lineOf(from(text, /^\[start\]/m), "cmd")],
  ["fly.toml", (text) => lineOf(from(text, /^\[processes\]/m), "(?:app|web)")],
  [".do/app.yaml", (text) => lineOf(text.split(/^jobs:/m)[0]!, "run_command")],
  ["heroku.yml", (text) => lineOf(from(text, /^run:/m), "web")],
];

const releaseFiles: readonly (readonly [string, (text: string) => string | undefined])[] = [
  ["render.yaml", (text) => lineOf(text, "preDeployCommand")],
  ["railway.json", (text) => lineOf(text, "preDeployCommand")],
  ["fly.toml", (text) => lineOf(from(text, /^\[deploy\]/m), "release_command")],
  [".do/app.yaml", (text) => (/PRE_DEPLOY/.test(text) ? lineOf(from(text, /^jobs:/m), "run_command") : undefined)],
];

/** Reads the files of a repository that places of hosting go by, its Dockerfile last. */
export function readHosting(repository: Repository): Hosting {
  const procfile = readProcfile(repository);
  const said = (files: typeof startFiles) =>
    files.flatMap(([where, read]) => {
      const line = read(repository.read(where))?.trim();
      return line === undefined || line === "" ? [] : [{ where, line }];
    });
  const ofProcfile = (line: string | undefined) => (line === undefined ? [] : [{ where: "Procfile", line }]);
  const { command } = readDockerfile(repository) ?? {};
  const inImage = typeof command === "string" ? command : command?.map(quoted).join(" ");
  const [release] = [...ofProcfile(procfile.release), ...said(releaseFiles)];
  return {
    starts: [
      ...ofProcfile(procfile.web),
      ...said(startFiles),
      ...(inImage === undefined ? [] : [{ where: "Dockerfile", line: inImage }]),
    ],
    ...(release !== undefined && { release }),
  };
}

/** A word of a Dockerfile for a shell, which is to fill in its variables. */
function quoted(word: string): string {
  return /^[\w@%+=:,./$-]+$/.test(word) ? word : `"${word.replace(/["\\`]/g, "\\$&")}"`;
}
