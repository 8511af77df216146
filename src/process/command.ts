/** What to spawn. `file` is looked up in PATH. */
export interface Argv {
  readonly file: string;
  readonly args: readonly string[];
}

/** Characters that only a shell understands; a command with none of them is split at its spaces. */
const shellSyntax = /[|&;<>()$`\\"'*?[\]#~=%!{}\n]/;

/** What a shell does itself: there is no such program to spawn, or it would do nothing. */
const shellWords = new Set(
  ". : alias break cd command continue eval exec exit export read readonly return set shift source times trap type ulimit umask unset wait".split(
    " ",
  ),
);

/**
 * The words of a command. A list of words is taken as it is; a string is split at spaces when that is all there is
 * to it, otherwise a POSIX shell gets it: `npm ci` → npm, ci; `a && b` → sh, -c, "a && b"; `exit 1` → sh, -c, "exit 1".
 */
export function toArgv(command: string | readonly [string, ...string[]]): Argv {
  if (typeof command !== "string") return { file: command[0], args: command.slice(1) };
  const trimmed = command.trim();
  const [file = "", ...args] = trimmed.split(/[ \t]+/);
  const needsShell = shellSyntax.test(trimmed) || shellWords.has(file);
  return needsShell ? { file: "/bin/sh", args: ["-c", trimmed] } : { file, args };
}

/** A command as one line, for people. */
export function showCommand(command: string | readonly string[]): string {
  return typeof command === "string" ? command : command.join(" ");
}
