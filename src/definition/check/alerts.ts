import { durationMs, isDuration } from "../../errors/duration.ts";
import type { Problem } from "../problem.ts";
import type { Project } from "../types.ts";
import { duration, isKind, isObject, text } from "./leaves.ts";
import { listOf, optional, shape, shapeProblems, value } from "./shape.ts";

const kind = value(() => true, "kind");
const secretName = value(
  (input) => typeof input === "string" && /^[A-Za-z_][A-Za-z0-9_]*$/.test(input),
  "the name of a secret in config, not its value",
);
const webhookShape = shape({ kind, alert: kind, url: secretName, secret: secretName });
const commandShape = shape({ kind, source: kind, run: listOf(text, "words"), timeout: optional(duration) });
const heartbeatShape = shape({
  url: secretName,
  every: value((input) => isDuration(input) && durationMs(input) >= 30_000, 'a length of time of at least "30s"'),
});

const code = "invalid-definition";

/** What is wrong with who is told what. Whatever is secret is named, and stands among the config's secrets. */
export function alertProblems({ alerts, heartbeat, config }: Partial<Project>): Problem[] {
  const channels = Array.isArray(alerts) ? alerts.flatMap((one, index) => channelProblems(one, index, config)) : [];
  if (heartbeat === undefined) return channels;
  const problems = shapeProblems(heartbeatShape, heartbeat, ["heartbeat"], "The heartbeat");
  return [...channels, ...problems, ...notSecret(heartbeat, ["url"], ["heartbeat"], "The heartbeat", config)];
}

function channelProblems(channel: unknown, index: number, config: unknown): Problem[] {
  const [path, subject] = [["alerts", index] as const, `Alert ${index + 1}`];
  if (isKind(channel, "alert"))
    return [
      ...shapeProblems(webhookShape, channel, path, subject),
      ...notSecret(channel, ["url", "secret"], path, subject, config),
    ];
  if (isKind(channel, "secretSource") && (channel as { source?: unknown }).source === "command")
    return shapeProblems(commandShape, channel, path, subject);
  const hint = 'Write `webhook({ url: "ALERT_URL", secret: "ALERT_KEY" })` or `command(["node", "tell.mjs"])`.';
  return [{ code, path, message: `${subject} must be made by webhook(…) or command(…)`, hint }];
}

function notSecret(
  holder: unknown,
  keys: readonly string[],
  path: Problem["path"],
  subject: string,
  config: unknown,
): Problem[] {
  return keys.flatMap((key): Problem[] => {
    const name = isObject(holder) ? holder[key] : undefined;
    const declared =
      isObject(config) && typeof name === "string" && Object.hasOwn(config, name) ? config[name] : undefined;
    if (isKind(declared, "secret") || secretName.find(name).length > 0) return [];
    const message = `${subject}: ${key} names ${String(name)}, which is no secret of the config`;
    const hint = `Declare it: config: { ${String(name)}: secret(shared(z.string(), "one address for all")) }`;
    return [{ code, path: [...path, key], message, hint }];
  });
}
