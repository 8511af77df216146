import { createHash } from "node:crypto";
import type { Facts } from "./facts/facts.ts";
import { type DocumentName, documentNames } from "./names.ts";
import { environmentsDocument } from "./render/environments/document.ts";
import { generatedJson, notesIn, withNotes } from "./render/notes.ts";
import { pipelineDocument } from "./render/pipeline/document.ts";
import { automationPlan } from "./render/plans/automation.ts";
import { configurationPlan } from "./render/plans/configuration.ts";
import { generatedOf, withWritten, writtenIn } from "./render/regions.ts";

const renderers: Readonly<Record<DocumentName, (facts: Facts) => string>> = {
  "DevOps_Pipeline_Specifications.md": pipelineDocument,
  "CICD_Automation_Plan.json": automationPlan,
  "Environment_Management_Strategy.md": environmentsDocument,
  "Configuration_Management_Plan.json": configurationPlan,
};

/** The four documents, with nothing written by hand in them. The same facts give the same bytes, wherever and whenever. */
export function renderDocuments(facts: Facts): ReadonlyMap<DocumentName, string> {
  return new Map(documentNames.map((name) => [name, renderers[name](facts)]));
}

/** What was generated of a document as it stands: without what a person wrote in the places that are for it. */
export function generatedPart(name: DocumentName, content: string): string {
  return isJson(name) ? (generatedJson(content) ?? content) : generatedOf(content);
}

/** A document as it was rendered, with what a person wrote in the one that is there. */
export function keepWritten(name: DocumentName, rendered: string, present: string | undefined): string {
  if (present === undefined) return rendered;
  return isJson(name) ? withNotes(rendered, notesIn(present)) : withWritten(rendered, writtenIn(present));
}

/** Names the generated part of a document. */
export function digestOfDocument(name: DocumentName, content: string): string {
  return createHash("sha256").update(generatedPart(name, content)).digest("hex");
}

function isJson(name: DocumentName): boolean {
  return name.endsWith(".json");
}
