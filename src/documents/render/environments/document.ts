import type { Facts } from "../../facts/facts.ts";
import { notYetIn } from "../../rows.ts";
import { code } from "../markdown.ts";
import { printDocument } from "../section.ts";
import { configurationAsCodeSection, driftSection, paritySection, strategiesSection } from "./operation.ts";
import { environmentsSection, secretsSection } from "./provisioning.ts";
import { reliabilitySection } from "./reliability.ts";

const sections = [
  environmentsSection,
  secretsSection,
  configurationAsCodeSection,
  paritySection,
  strategiesSection,
  driftSection,
  reliabilitySection,
];

/** `Environment_Management_Strategy.md`. */
export function environmentsDocument(facts: Facts): string {
  const about = `Where ${code(facts.declared.project)} runs, and how these environments are created, compared and kept consistent. Facts of ${facts.gathered}.`;
  return printDocument(
    "Environment management strategy",
    about,
    sections.map((section) => section(facts)),
    (section) => notYetIn("Environment_Management_Strategy.md", section),
  );
}
