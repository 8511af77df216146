import type { DeclaredEnvironment } from "../../facts/declared.ts";
import type { Facts } from "../../facts/facts.ts";
import { byDefault, declared, observed } from "../../source.ts";
import { code, codes, text } from "../markdown.ts";
import { type Section, type Statement, statement } from "../section.ts";
import { duration, size, unknown } from "../words.ts";

const nowhere = statement(declared("environments"), "No environments are defined yet.");

export function environmentsSection(facts: Facts): Section {
  return {
    name: "environments",
    title: "Environments",
    blocks: [
      whatTheyAre(facts),
      whatIsThere(facts),
      resourcesOf(facts),
      madeResources(facts),
      howTheyLive(facts),
      whoMayWhat,
      previewsOf(facts),
    ],
  };
}

function whatTheyAre({ declared: { environments } }: Facts): Section["blocks"][number] {
  return {
    plain: "Each environment is a named place that releases go to.",
    head: ["Environment", "Purpose", "Driver", "Address", "Protected", "Instances otherwise"],
    none: nowhere,
    rows: environments.map(({ name, key, purpose, driver, isProtected, replicas }) =>
      statement(
        declared(key),
        code(name),
        purpose === undefined ? "not written down" : text(purpose),
        code(driver.name),
        code(driver.url),
        isProtected ? "yes" : "no",
        replicas.map((one) => `${code(one.service)}: ${one.count} (${text(one.reason)})`).join("; ") || "none",
      ),
    ),
  };
}

function whatIsThere({
  declared: { environments },
  observed: { environments: seen },
}: Facts): Section["blocks"][number] {
  return {
    plain: "What existed when these facts were gathered, apart from previews, which come and go.",
    head: ["Environment", "State", "Release", "Since", "Instances", "Disk", "Memory"],
    none: nowhere,
    rows: environments.map(({ name }) =>
      looked(
        name,
        seen.find((one) => one.name === name),
      ),
    ),
  };
}

function looked(name: string, seen: Facts["observed"]["environments"][number] | undefined): Statement {
  return statement(
    observed(seen?.at),
    code(name),
    seen === undefined ? unknown : text(seen.state),
    seen?.release === undefined ? "none" : code(seen.release),
    seen?.since ?? "never",
    seen === undefined ? unknown : String(seen.instances),
    seen === undefined ? unknown : size(seen.cost.diskBytes),
    seen?.cost.memoryBytes === undefined ? unknown : size(seen.cost.memoryBytes),
  );
}

function resourcesOf({ declared: { environments, resources } }: Facts): Section["blocks"][number] {
  return {
    plain:
      "Resources that services use. Each environment has its own; a snapshot is made before each migration in any case.",
    head: ["Resource", "Environment", "Kind", "Version", "Backup"],
    none: statement(declared("resources"), "No resources are declared: services bring what they need themselves."),
    rows: resources.flatMap((resource) =>
      environments.map((environment) => {
        const { name, key, kind, version } = resource;
        const other = environment.resources.find((one) => one.resource === name);
        return statement(
          declared(other?.key ?? key),
          code(name),
          code(environment.name),
          other === undefined ? text(kind) : `${text(other.kind)} (${text(other.reason)})`,
          version === undefined ? "none" : text(version),
          other?.kind === "external" ? "whoever manages it" : backupWords(resource),
        );
      }),
    ),
  };
}

function backupWords({ backupEveryMs, keep, keepMs }: Facts["declared"]["resources"][number]): string {
  if (keep === undefined || keepMs === undefined) return "none: it keeps nothing that could be saved";
  const when = backupEveryMs === undefined ? "before migrations" : `every ${duration(backupEveryMs)}`;
  return `${when}; kept are the newest ${keep}, and all of the last ${duration(keepMs)}`;
}

function madeResources({ declared: said, observed: { resources } }: Facts): Section["blocks"][number] {
  return {
    plain:
      "Resources that were created, according to the ledger: an entry is written before anything is created, and removed after it is gone.",
    head: ["Resource", "Environment", "State", "Version that responds", "Last scheduled backup"],
    none: statement(observed(), "None was created yet."),
    rows: (resources ?? []).map(({ environment, resource, at, state, version, lastBackup }) =>
      statement(
        observed(at),
        code(resource),
        code(environment),
        text(state),
        version === undefined ? withoutVersion(said.resources, resource) : text(version),
        lastBackup === undefined ? "never" : `${lastBackup.at}: ${lastBackup.isGood ? "good" : "failed"}`,
      ),
    ),
  };
}

/** What has a version and does not tell it does not answer now. */
function withoutVersion(resources: Facts["declared"]["resources"], name: string): string {
  return resources.find((one) => one.name === name)?.version === undefined ? "none" : unknown;
}

function howTheyLive({ declared: { environments, resources } }: Facts): Section["blocks"][number] {
  return {
    plain: "How each is created, restored and destroyed.",
    head: ["Environment", "Create", "Restore", "Destroy"],
    none: nowhere,
    rows: environments.map((environment) =>
      statement(
        byDefault(environment.key),
        code(environment.name),
        code(`tidegate env create ${environment.name}`),
        restoreOf(resources, environment),
        destroyOf(environment),
      ),
    ),
  };
}

function restoreOf(resources: Facts["declared"]["resources"], { name }: { readonly name: string }): string {
  if (resources.length === 0) return "nothing to restore: no resources";
  if (resources.every(({ keep }) => keep === undefined)) return "nothing to restore: no resource keeps data";
  return code(`tidegate env restore ${name} --yes`);
}

function destroyOf({ name, isProtected }: DeclaredEnvironment): string {
  return isProtected ? `refused: it is protected` : code(`tidegate env destroy ${name} --yes`);
}

const whoMayWhat: Section["blocks"][number] = {
  plain: "The machine's users and the recipients of secrets files determine who may do what.",
  head: ["What", "Who may"],
  rows: [
    statement(
      byDefault("environments"),
      "deploy, promote, roll back, stop",
      "users who may use the project's state folder",
    ),
    statement(byDefault("config"), "read secrets", "recipients of the secrets file, see Secrets"),
    statement(byDefault("environments"), "change what is declared", "whoever may merge to the repository"),
  ],
};

function previewsOf({ declared: { previews } }: Facts): Section["blocks"][number] {
  return {
    plain: "Previews are environments that live for a while, one for each branch or question.",
    head: ["Made like", "End after", "At most", "Data", "How"],
    none: statement(declared("previews"), "No previews are declared."),
    rows:
      previews === undefined
        ? []
        : [
            statement(
              declared(previews.key),
              code(previews.from),
              duration(previews.ttlMs),
              String(previews.max),
              text(previews.data),
              code("tidegate env create --preview NAME"),
            ),
          ],
  };
}

export function secretsSection({ declared: { config, secretsPath }, observed: { secrets } }: Facts): Section {
  const own = config.filter(({ kind }) => kind === "secret");
  return {
    name: "secrets",
    title: "Secrets",
    blocks: [
      {
        plain:
          "Where each secret comes from. Environments must have different values, unless the definition says why not. This document contains no values.",
        head: ["Secret", "From", "Equal in all environments"],
        none: statement(declared("config"), "The project declares no secrets."),
        rows: own.map(({ name, key, from = "file", isShared, reason = "" }) =>
          statement(
            declared(key),
            code(name),
            from === "file" ? `secrets file ${code(secretsPath)}, otherwise a variable` : text(from),
            isShared ? `yes: ${text(reason)}` : "no",
          ),
        ),
      },
      {
        plain: "Who can read each file, and since when it has been unchanged.",
        head: ["Place", "File", "Secrets in it", "Recipients", "Signed", "Last change"],
        none: statement(
          observed(secrets?.at),
          secrets === undefined ? "Nobody has checked yet." : "There are no secrets files.",
        ),
        rows: (secrets?.files ?? []).map(({ place, path, keys, recipients, isSigned, lastChange }) =>
          statement(
            observed(secrets?.at),
            text(place),
            code(path),
            codes(keys),
            recipients
              .map(({ who, isInPolicy }) => `${text(who)}${isInPolicy ? "" : " (not in .sops.yaml)"}`)
              .join(", ") || "nobody",
            isSigned ? "yes" : "no",
            lastChange ?? unknown,
          ),
        ),
      },
      {
        plain: "What people who lost access could read, and whether it has been renewed since.",
        head: ["Secret", "Place", "Who", "Since", "To be renewed by", "Renewed"],
        none: statement(observed(secrets?.at), "As far as is known, nothing has to be renewed."),
        rows: (secrets?.renewals ?? []).map(({ key, place, person, since, due, done }) =>
          statement(observed(secrets?.at), code(key), text(place), text(person), since, due, done ?? "not yet"),
        ),
      },
      {
        plain: "How secrets are handled.",
        head: ["When", "What"],
        rows: [
          statement(byDefault("secrets"), "a value is changed", code("tidegate secrets set KEY --env ENVIRONMENT")),
          statement(byDefault("secrets"), "a person comes", code("tidegate secrets recipients add PERSON")),
          statement(
            byDefault("secrets"),
            "a person leaves",
            `${code("tidegate secrets recipients remove PERSON")}: the files get new keys, and each value that could be read must be renewed within 30 days`,
          ),
          statement(byDefault("secrets"), "a file's key is renewed", code("tidegate secrets rotate")),
          statement(byDefault("secrets"), "somebody looks", `${code("tidegate secrets check")}, also in the pipeline`),
        ],
      },
    ],
  };
}
