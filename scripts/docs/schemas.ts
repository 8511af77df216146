import { toJsonSchema } from "@valibot/to-json-schema";
import { factsSchema } from "../../src/documents/facts/facts.ts";
import { measure } from "../../src/documents/facts/measured.ts";
import { schemaIds } from "../../src/documents/names.ts";
import { automationPlanSchema, configurationPlanSchema, mode, source } from "../../src/documents/plan-schemas.ts";

const published = [
  ["facts.schema.json", schemaIds.facts, "The facts that the documents are made of", factsSchema],
  [
    "cicd-automation-plan.schema.json",
    schemaIds["CICD_Automation_Plan.json"],
    "CICD_Automation_Plan.json",
    automationPlanSchema,
  ],
  [
    "configuration-management-plan.schema.json",
    schemaIds["Configuration_Management_Plan.json"],
    "Configuration_Management_Plan.json",
    configurationPlanSchema,
  ],
] as const;

/** What stands in them again and again. */
const definitions = { source, mode, measure };

/** The JSON Schemas (2020-12) of what `tidegate docs` writes, by the names of their files. */
export function publishedSchemas(): ReadonlyMap<string, string> {
  return new Map(
    published.map(([file, $id, title, schema]) => {
      // `ignore`: that a number is safe to count with is nothing that a JSON Schema can say.
      const { $schema: _, ...body } = toJsonSchema(schema, {
        errorMode: "ignore",
        target: "draft-2020-12",
        definitions,
      });
      const whole = { $schema: "https://json-schema.org/draft/2020-12/schema", $id, title, ...body };
      return [file, `${JSON.stringify(whole, null, 2)}\n`];
    }),
  );
}
