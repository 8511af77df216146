import type { DocumentName } from "./names.ts";

/** One thing that the documents were asked for, and the section that answers it. */
export interface Asked {
  readonly asked: string;
  readonly document: DocumentName;
  /** The section's name; in a JSON document a field of its top. */
  readonly section: string;
  readonly title: string;
  /** What this version cannot say there yet: each a part of a sentence. */
  readonly notYet?: readonly string[];
}

const pipeline = "DevOps_Pipeline_Specifications.md";
const environments = "Environment_Management_Strategy.md";

/**
 * Everything that the four documents must answer, in their order. Whoever builds what is said to be missing takes it out of
 * here: the documents, and the test that holds them to this list, follow.
 */
export const everythingAsked: readonly Asked[] = [
  { asked: "select tools", document: pipeline, section: "tools", title: "Tools" },
  { asked: "define stages", document: pipeline, section: "stages", title: "Stages" },
  { asked: "automate builds", document: pipeline, section: "build", title: "Build" },
  { asked: "automate tests", document: pipeline, section: "tests", title: "Tests" },
  {
    asked: "automate deployment",
    document: pipeline,
    section: "deployment",
    title: "Deployment",
    notYet: ["triggers (a push, a schedule, a pull request): whoever wants a deployment calls `tidegate ship`"],
  },
  { asked: "configuration of environments", document: pipeline, section: "configuration", title: "Configuration" },
  {
    asked: "rollback",
    document: pipeline,
    section: "rollback",
    title: "Rollback",
    notYet: ["what rehearsals of rollbacks came to, in this document (`tidegate history` tells it)"],
  },
  {
    asked: "rapid feedback",
    document: pipeline,
    section: "feedback",
    title: "Feedback",
    notYet: ["the time from a push to the first reported failure: nothing listens to pushes", "a web page to watch"],
  },
  { asked: "quality gates", document: pipeline, section: "gates", title: "Quality gates" },
  { asked: "risks", document: pipeline, section: "risks", title: "Risks" },
  { asked: "refinement", document: pipeline, section: "refinements", title: "Refinements" },
  {
    asked: "automation plan",
    document: "CICD_Automation_Plan.json",
    section: "automation",
    title: "Automation plan",
    notYet: ["triggers", "schedules", "notifications"],
  },
  { asked: "provisioning", document: environments, section: "environments", title: "Environments" },
  { asked: "secrets", document: environments, section: "secrets", title: "Secrets" },
  { asked: "configuration as code", document: environments, section: "configuration", title: "Configuration as code" },
  { asked: "parity", document: environments, section: "parity", title: "Parity" },
  {
    asked: "deployment strategies",
    document: environments,
    section: "strategies",
    title: "Deployment strategies",
    notYet: [
      "a forecast of which regression a canary would find with today's traffic, in this document (`tidegate plan` tells it)",
    ],
  },
  { asked: "drift", document: environments, section: "drift", title: "Consistency and drift" },
  { asked: "reliability", document: environments, section: "reliability", title: "Reliability" },
  {
    asked: "configuration control",
    document: "Configuration_Management_Plan.json",
    section: "keys",
    title: "Configuration control",
    notYet: [
      "reviews that are required before a change is merged (the repository's host decides that, with `CODEOWNERS`)",
    ],
  },
];

/** What a section cannot say yet. */
export function notYetIn(document: DocumentName, section: string): readonly string[] {
  return everythingAsked.find((one) => one.document === document && one.section === section)?.notYet ?? [];
}
