import { type ExportFormat, exportConfig, exportFormats } from "../../../app/config/export.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { portsOf } from "../../context.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

export const exportVerb = defineVerb({
  name: "export",
  summary: "Print an environment's config for another program",
  usage: ["config export --env <environment> [options]"],
  description:
    "env: lines for a POSIX shell or a reader of dotenv files. json, yaml: values with their types. kubernetes: a ConfigMap for\n" +
    "envFrom, and a Secret if secrets are asked for. Secrets are left out, with a note, unless --with-secrets is given:\n" +
    "then their values are part of the output.",
  examples: [
    { command: "tidegate config export --env staging", explains: "KEY=value lines" },
    {
      command: "tidegate config export --env production --format kubernetes --with-secrets",
      explains: "for kubectl apply -f -",
    },
  ],
  options: {
    env: { kind: "text", value: "NAME", summary: "The environment", short: "e" },
    format: {
      kind: "text",
      value: "FORMAT",
      summary: "env, json, yaml or kubernetes",
      default: "env",
      choices: exportFormats,
    },
    "with-secrets": { kind: "flag", summary: "Also print the values of secrets" },
    set: { kind: "text", value: "KEY=VALUE", summary: "As if a deployment had it; repeatable", many: true },
  },
  run: async (context, { options }) => {
    const { env: environment, "with-secrets": withSecrets, set } = options;
    if (environment === undefined) return reportFailures(context, [noEnvironment]);
    const format = options.format as ExportFormat;
    const request = { environment, format, withSecrets, set };
    const exported = await exportConfig(portsOf(context), request);
    if (!exported.ok) return reportFailures(context, exported.failures);
    const { text, leftOut } = exported.value;
    context.stdout.verbatim(text);
    if (leftOut > 0) context.stderr.write(`${count(leftOut, "secret")} left out; to print them too: --with-secrets\n`);
    return exitCodes.done;
  },
});

const noEnvironment = {
  code: "bad-arguments",
  message: "Which environment?",
  hint: "Name it: tidegate config export --env staging",
} as const;
