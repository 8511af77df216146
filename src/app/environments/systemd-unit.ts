import type { Failure } from "../../errors/failure.ts";
import { failed, ok, type Result } from "../../errors/result.ts";

/** What a unit is written from. Paths are absolute. */
export interface UnitRequest {
  readonly project: string;
  /** Of the checkout: what the unit starts is started from there. */
  readonly folder: string;
  readonly argv: readonly [string, ...string[]];
  /** What the command needs of the environment of who asked. */
  readonly variables: Readonly<Record<string, string>>;
  /** Of the system's manager: the user it runs as. Absent: the unit is the user's own. */
  readonly user?: string;
}

/**
 * The text of a systemd service that brings environments back when the machine starts. Its processes are the agent, the
 * gateway and the instances, which stay when the command has ended. Fails for what no unit can hold.
 *
 * Escapes are those of systemd.syntax(7), systemd.unit(5) (`%`) and systemd.service(5) (`$` in commands).
 */
export function unitText({ project, folder, argv, variables, user }: UnitRequest): Result<string> {
  const given = [folder, ...argv, ...Object.values(variables), user ?? ""];
  const odd = given.find((text) => /[\p{Cc}]/u.test(text));
  if (odd !== undefined) return failed(unfit(odd));
  const environment = Object.entries(variables).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  const lines = [
    "# Written by: tidegate env autostart. Written anew by the same command.",
    "[Unit]",
    `Description=Tidegate: environments of ${percent(project)}`,
    ...(user === undefined ? [] : ["Wants=network-online.target", "After=network-online.target"]),
    "",
    "[Service]",
    "Type=oneshot",
    "RemainAfterExit=yes",
    // Ends nothing by itself but with the machine: what serves is ended by `env stop`.
    "KillMode=process",
    "Delegate=yes",
    "TimeoutStartSec=15min",
    ...(user === undefined ? [] : [`User=${percent(user)}`]),
    `WorkingDirectory=${percent(folder)}`,
    ...environment,
    `ExecStart=${argv.map((word) => quoted(word.replaceAll("$", "$$$$"))).join(" ")}`,
    "",
    "[Install]",
    `WantedBy=${user === undefined ? "default.target" : "multi-user.target"}`,
  ];
  return ok(`${lines.join("\n")}\n`);
}

/** The name of the unit: of letters that mean nothing to systemd, and different for each state. */
export function unitName(project: string, state: string): string {
  return `tidegate-${project.replaceAll(/[^A-Za-z0-9_.-]/g, "-")}-${state}.service`;
}

function quoted(text: string): string {
  return `"${percent(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function percent(text: string): string {
  return text.replaceAll("%", "%%");
}

function unfit(text: string): Failure {
  return {
    code: "bad-arguments",
    message: `A systemd unit cannot hold ${JSON.stringify(text)}`,
    hint: "Move it to where its path has no control characters.",
  };
}
