import { readDockerfile } from "./dockerfile.ts";
import type { ConfigDraft } from "./draft.ts";
import { variablesRead } from "./read-variables.ts";
import type { Repository } from "./repository.ts";

/**
 * Variables that the sources ask for and to which a file of the repository gives a value: without them, a service may not
 * start. What is secret is nobody's default.
 */
export function givenVariables(repository: Repository): ConfigDraft[] {
  const image = readDockerfile(repository)?.variables ?? {};
  const given = new Map<string, ConfigDraft>(
    [...Object.entries(image).map(from("Dockerfile")), ...Object.entries(ofAppJson(repository)).map(from("app.json"))]
      .filter(({ value }) => value !== "" && !value.includes("$"))
      .map((one) => [one.name, one]),
  );
  const read = given.size === 0 ? [] : variablesRead(repository);
  return read.flatMap(({ name, isSecret }) => (isSecret ? [] : (given.get(name) ?? [])));
}

function from(where: string) {
  return ([name, value]: readonly [string, string]): ConfigDraft => ({ name, value, where });
}

/** `"env": { "A": "1", "B": { "value": "2" } }` */
function ofAppJson(repository: Repository): Readonly<Record<string, string>> {
  const { env } = repository.readJson("app.json");
  if (typeof env !== "object" || env === null) return {};
  const values = Object.entries(env).flatMap(([name, said]: [string, unknown]) => {
    const value = typeof said === "object" && said !== null && "value" in said ? said.value : said;
    return typeof value === "string" ? [[name, value] as const] : [];
  });
  return Object.fromEntries(values);
}
