import { chooseTarget, type Target } from "../../../app/secrets/choose-place.ts";
import { openSecrets, type SecretsSession, sharedPlace } from "../../../app/secrets/session.ts";
import { secretRequest } from "../../../config/read-secrets.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { failed, ok, type Result } from "../../../errors/result.ts";
import type { SecretReading, SecretRequest } from "../../../secrets/provider.ts";
import { projectSecrets } from "../../../secrets/providers/project-secrets.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { note } from "../../render/tell.ts";
import { defineVerb } from "../../verb.ts";

export const get = defineVerb({
  name: "get",
  summary: "Print a secret's value to standard output",
  usage: ["secrets get KEY [--env ENVIRONMENT]"],
  description:
    "Prints what a deployment would use, wherever it comes from, without a line ending unless it goes to a terminal.\n" +
    "A structured value is printed as JSON.",
  examples: [
    { command: "tidegate secrets get SESSION_KEY --env staging | wc -c", explains: "how long it is" },
    {
      command: "tidegate secrets get TLS_KEY --env production > /dev/shm/key",
      explains: "for a program that wants a file",
    },
  ],
  arguments: [{ name: "KEY", summary: "The secret's key", required: true }],
  options: {
    env: { kind: "text", short: "e", value: "ENVIRONMENT", summary: "Whose value; not for shared secrets" },
    undeclared: { kind: "flag", summary: "Also a key that the definition does not have" },
  },
  run: async (context, { arguments: [key = ""], options }) => {
    const session = await openSecrets(context);
    if (!session.ok) return reportFailures(context, session.failures);
    const target = chooseTarget(session.value, { key, env: options.env, undeclared: options.undeclared });
    if (!target.ok) return reportFailures(context, target.failures);
    const value = await readValue(session.value, target.value);
    if (!value.ok) return reportFailures(context, value.failures);
    const { stdout, json } = context;
    if (stdout.isTTY) note(context, "The value is on the screen, and in what the terminal remembers.");
    if (json)
      stdout.write(`${JSON.stringify({ type: "secret", key, environment: target.value.place, value: value.value })}\n`);
    else stdout.write(stdout.isTTY ? `${value.value}\n` : value.value);
    return exitCodes.done;
  },
});

async function readValue(session: SecretsSession, target: Target): Promise<Result<string>> {
  const { project, folder, ports } = session;
  const provider = projectSecrets(project, folder, ports.env, ports.signal);
  const [reading] = await provider.read([requestFor(target)]);
  return revealedOf(reading!, target);
}

function requestFor({ key, place, declaration }: Target): SecretRequest {
  if (declaration !== undefined) return secretRequest(declaration, place);
  return { environment: place, key, shared: place === sharedPlace };
}

function revealedOf(reading: SecretReading, { key, place }: Target): Result<string> {
  if (reading.state === "found") return ok(reading.secret.reveal());
  if (reading.state === "unreadable") return failed(reading.failure);
  return failed({ code: "secret-missing", message: `The secret ${key} of ${place} has no value`, hint: reading.hint });
}
