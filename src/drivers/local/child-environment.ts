import type { Failure } from "../../errors/failure.ts";
import { Secret } from "../../secrets/secret.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What a program needs to find its way on this machine. Anything else of the caller's is none of its business. */
const machine = new Set(["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR"]);

/** Whether it is a variable that every process gets from this machine. */
export function isOfMachine(name: string): boolean {
  return machine.has(name) || name.startsWith("LC_");
}

/**
 * The whole environment of a process: what the machine needs, what was asked for, what the driver says; later wins.
 * Secrets are revealed here and nowhere else: give the result to spawn and forget it.
 */
export function childEnvironment(
  caller: Variables,
  asked: Readonly<Record<string, string | Secret>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(caller).filter(([name]) => isOfMachine(name));
  const revealed = Object.entries(asked).map(([name, value]) => [name, reveal(value)]);
  return { PATH: "/usr/local/bin:/usr/bin:/bin", ...Object.fromEntries([...inherited, ...revealed]), ...own };
}

/** What cannot be an environment variable; says the name, never the value. */
export function environmentFailures(asked: Readonly<Record<string, string | Secret>>): Failure[] {
  return Object.entries(asked)
    .filter(([name, value]) => name === "" || /[=\0]/.test(name) || reveal(value).includes("\0"))
    .map(([name]) => ({
      code: "config-invalid",
      message: `${JSON.stringify(name)} cannot be passed to a process as an environment variable`,
      cause: 'A name is not empty and has no "=", and neither name nor value has a NUL character.',
      hint: "Change the name or the value of the config key.",
    }));
}

function reveal(value: string | Secret): string {
  return value instanceof Secret ? value.reveal() : value;
}
