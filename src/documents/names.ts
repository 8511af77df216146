/** The four documents, in the order in which they are written. */
export const documentNames = [
  "DevOps_Pipeline_Specifications.md",
  "CICD_Automation_Plan.json",
  "Environment_Management_Strategy.md",
  "Configuration_Management_Plan.json",
] as const;

export type DocumentName = (typeof documentNames)[number];

/** What stands beside them: the facts that they were made of. */
export const factsName = "tidegate.facts.json";

/** Names of the JSON Schemas that are published in the package and in docs/schemas/. */
export const schemaIds = {
  facts: "urn:tidegate:schema:facts:1",
  "CICD_Automation_Plan.json": "urn:tidegate:schema:cicd-automation-plan:1",
  "Configuration_Management_Plan.json": "urn:tidegate:schema:configuration-management-plan:1",
} as const;
