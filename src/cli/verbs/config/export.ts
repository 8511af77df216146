import { openConfig } from "../../../app/config/open-config.ts";
import { type ExportedKey, revealed, withoutSecrets } from "../../../config/export/exported.ts";
import { toEnv } from "../../../config/export/to-env.ts";
import { toJson } from "../../../config/export/to-json.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { exitCodes } from "../../../errors/exit-code.ts";
import { count } from "../../../errors/quantities.ts";
import { optionValues } from "../../option-values.ts";
import { reportFailures } from "../../render/report-failures.ts";
import { defineVerb } from "../../verb.ts";

const formats = ["env", "json", "yaml", "kubernetes"] as const;

export const exportVerb = defineVerb({
  name: "export",
  summary: "Print an environment's config for another program",
  usage: ["config export --env <environment> [options]"],
  description:
    "env: lines for a POSIX shell or a reader of dotenv files. json, yaml: values with their types. kubernetes: a ConfigMap for\n" +
    "envFrom, and a Secret when secrets are asked for. Secrets are left out, and said to be, unless --with-secrets is given:\n" +
    "then their values are in what is printed.",
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
      choices: formats,
    },
    "with-secrets": { kind: "flag", summary: "Print also the values of secrets" },
    set: { kind: "text", value: "KEY=VALUE", summary: "As if a deployment had it; again for more", many: true },
  },
  run: async (context, { options }) => {
    if (options.env === undefined) return reportFailures(context, [noEnvironment]);
    const opened = await openConfig(context, { environments: [options.env], set: optionValues(options.set) });
    if (!opened.ok) return reportFailures(context, opened.failures);
    const { project, environments, set } = opened.value;
    const { name, secrets } = environments[0]!;
    const resolution = await resolveConfig(project, name, options["with-secrets"] ? secrets : undefined, set);
    if (!resolution.ok) return reportFailures(context, await opened.value.locate(resolution.problems));
    const keys = options["with-secrets"] ? revealed(resolution.value) : withoutSecrets(resolution.value);
    context.stdout.write(await print(options.format as Format, keys, { project: project.name, environment: name }));
    if (!options["with-secrets"] && secrets.size > 0) {
      context.stderr.write(`${count(secrets.size, "secret")} left out; to print them too: --with-secrets\n`);
    }
    return exitCodes.done;
  },
});

type Format = (typeof formats)[number];

async function print(
  format: Format,
  keys: readonly ExportedKey[],
  names: { readonly project: string; readonly environment: string },
): Promise<string> {
  switch (format) {
    case "env":
      return toEnv(keys);
    case "json":
      return toJson(keys);
    case "yaml":
      return (await import("../../../config/export/to-yaml.ts")).toYaml(keys);
    case "kubernetes":
      return (await import("../../../config/export/to-kubernetes.ts")).toKubernetes(keys, names);
    default:
      return format satisfies never;
  }
}

const noEnvironment = {
  code: "bad-arguments",
  message: "Which environment?",
  hint: "Name it: tidegate config export --env staging",
} as const;
