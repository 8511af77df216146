import type { Facts } from "../../facts/facts.ts";
import { notYetIn } from "../../rows.ts";
import { code } from "../markdown.ts";
import { printDocument } from "../section.ts";
import { buildSection, testsSection } from "./build-and-tests.ts";
import { configurationSection, deploymentSection, rollbackSection } from "./deployment.ts";
import { feedbackSection, gatesSection, refinementsSection, risksSection } from "./outcome.ts";
import { stagesSection, toolsSection } from "./tools-and-stages.ts";

const sections = [
  toolsSection,
  stagesSection,
  buildSection,
  testsSection,
  deploymentSection,
  configurationSection,
  rollbackSection,
  feedbackSection,
  gatesSection,
  risksSection,
  refinementsSection,
];

/** `DevOps_Pipeline_Specifications.md`. */
export function pipelineDocument(facts: Facts): string {
  const about = `How ${code(facts.declared.project)} gets from a commit to production, and back. Facts of ${facts.gathered}.`;
  return printDocument(
    "DevOps pipeline specifications",
    about,
    sections.map((section) => section(facts)),
    (section) => notYetIn("DevOps_Pipeline_Specifications.md", section),
  );
}
