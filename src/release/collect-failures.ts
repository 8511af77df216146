import type { Failure } from "../errors/failure.ts";

/** What can be wrong with the `files` of a service. */

export function nothingMatches(service: string, pattern: string, isThere: boolean): Failure {
  return {
    code: "release-file-missing",
    message: `Service "${service}": nothing matches ${JSON.stringify(pattern)} in \`files\``,
    ...(isThere ? { cause: "Something of that name exists, but it contains nothing that may be released." } : {}),
    hint: "Check that a task of the pipeline writes it, or correct `files`. `tidegate run` shows what the tasks do.",
  };
}

export function throughLink(service: string, pattern: string, link: string, target: string | undefined): Failure {
  if (target === undefined) return linkOutside(service, link);
  return {
    code: "release-file-missing",
    message: `Service "${service}": ${JSON.stringify(pattern)} in \`files\` leads through a symbolic link`,
    cause: `${link} → ${target}`,
    hint: "Name the folder that the link points to; links themselves are released as links.",
  };
}

export function linkOutside(service: string, path: string): Failure {
  return {
    code: "path-outside-project",
    message: `Service "${service}": the symbolic link ${path} leads outside the project`,
    hint: `Replace it with what it points to, or leave it out: "!${path}" in \`files\`.`,
  };
}

export function noFile(service: string, path: string): Failure {
  return {
    code: "release-path-refused",
    message: `Service "${service}": ${path} is neither a file nor a folder nor a symbolic link`,
    hint: `Leave it out: "!${path}" in \`files\`.`,
  };
}

export function linkToNothing(path: string, target: string): Failure {
  return {
    code: "release-file-missing",
    message: `The symbolic link ${path} points to ${target}, which is not in the release`,
    hint: `Add "${target}/" to \`files\`, or leave the link out: "!${path}".`,
  };
}

export function vanished(path: string): Failure {
  return {
    code: "release-file-missing",
    message: `${path} was there, but can no longer be read`,
    cause: "It was removed while the release was being packed, or its name is not valid UTF-8.",
    hint: "Make sure that nothing writes to the project meanwhile, then run the command again.",
  };
}

/** An `.env` by name. Whoever has one has secrets in it. */
export function ownSettings(service: string, path: string): Failure {
  return {
    code: "release-path-refused",
    message: `Service "${service}": ${path} belongs to this machine, and git ignores it: it cannot be in a release`,
    hint: `Declare what is in it as \`config\` in the definition, with values for each environment; then remove "${path}" from \`files\`.`,
  };
}
