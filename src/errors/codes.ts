import type { ExitCode } from "./exit-code.ts";

interface CodeEntry {
  readonly exit: ExitCode;
  /** What the code means, for docs/errors.md. */
  readonly summary: string;
}

/** Every code there is. A code, once released, keeps its meaning. */
export const failureCodes = {
  // The call
  "unknown-command": { exit: 2, summary: "The verb is not one of Tidegate's." },
  "bad-arguments": { exit: 2, summary: "An option or argument of the call is wrong." },
  "unknown-environment": { exit: 2, summary: "The definition has no environment of that name." },
  "environment-taken": { exit: 2, summary: "The name belongs to another environment." },
  "unknown-service": { exit: 2, summary: "The definition has no service of that name." },
  "unknown-task": { exit: 2, summary: "The pipeline has no task of that name." },
  "unknown-release": { exit: 2, summary: "No release has that digest." },
  "ambiguous-release": { exit: 2, summary: "Several releases begin with that digest." },
  "unknown-deployment": { exit: 2, summary: "No deployment has that number." },
  "state-unclaimed": {
    exit: 2,
    summary: "The checkout belongs to no state, and the project is known on this machine: say which one it is.",
  },
  "unknown-run": { exit: 2, summary: "No pipeline run has that number." },
  "file-exists": { exit: 2, summary: "A file that would be written is already there." },

  // The definition
  "no-definition": { exit: 2, summary: "There is no tidegate.config.ts here or above." },
  "definition-syntax": { exit: 2, summary: "The definition is not valid TypeScript." },
  "definition-types": { exit: 2, summary: "The TypeScript compiler found a type error in the definition." },
  "definition-throws": { exit: 2, summary: "The definition threw while it was loaded." },
  "definition-import": { exit: 2, summary: "A module that the definition imports was not found." },
  "definition-export": { exit: 2, summary: "The definition's default export is not defineProject(…)." },
  "invalid-definition": { exit: 2, summary: "A key of the definition is unknown or has a wrong value." },
  "dependency-cycle": { exit: 2, summary: "Tasks need each other in a cycle." },
  "unknown-need": { exit: 2, summary: "A task needs something that is not in the pipeline." },
  "output-conflict": { exit: 2, summary: "Two tasks write the same output." },
  "output-reserved": {
    exit: 2,
    summary:
      "A task would remove or write what cannot be an output: git's folder, the definition, variables of the machine.",
  },
  "output-tracked": { exit: 2, summary: "A task would remove files that git tracks, as its output." },
  "input-ignored": { exit: 2, summary: "Git ignores an input, so it is part of no commit." },
  "workspace-invalid": {
    exit: 2,
    summary: "The packages of the workspace cannot be found, or are invalid.",
  },
  "unknown-package": { exit: 2, summary: "A filter matches no package of the workspace." },
  "git-unavailable": {
    exit: 2,
    summary: "Tidegate has to ask git and gets no answer, or git has no such commit. It does not guess.",
  },
  "no-such-input": { exit: 2, summary: "An input pattern matches no file." },
  "command-file-missing": {
    exit: 2,
    summary: "A command starts or loads a file that is not there, or that the release does not contain.",
  },
  "unknown-script": { exit: 2, summary: "A command runs a script that package.json does not have." },
  "program-missing": { exit: 2, summary: "A program that a command needs is not where it is looked for." },
  "command-unfit": {
    exit: 2,
    summary: "A command needs what a task does not have: the network, a terminal, or somebody who stops it.",
  },
  "path-outside-project": { exit: 2, summary: "A path leads outside the project." },

  // Config and secrets
  "config-missing": { exit: 2, summary: "A config value is missing." },
  "config-invalid": { exit: 2, summary: "A config value does not fit its schema." },
  "config-unknown": { exit: 2, summary: "A config key is not declared." },
  "config-undeclared-difference": { exit: 2, summary: "An environment sets a key that is not declared differs(…)." },
  "secret-missing": { exit: 2, summary: "A secret has no value." },
  "secret-invalid": { exit: 2, summary: "A secret's value does not fit its schema." },
  "secret-shared": { exit: 2, summary: "Two environments have the same secret without shared(…)." },
  "statement-invalid": { exit: 2, summary: "A file is not a readable parity statement." },
  "statement-refuted": {
    exit: 1,
    summary: "A parity statement contradicts itself, the definition, or what is known here.",
  },
  "difference-needless": {
    exit: 2,
    summary: "Something is declared to differ between environments, but is the same everywhere.",
  },
  "difference-expired": {
    exit: 2,
    summary: "Something was allowed to differ between environments until a date that has passed.",
  },
  "secret-unreadable": {
    exit: 4,
    summary: "A secret cannot be read now: no key opens it, or its source is down.",
  },
  "secrets-file-invalid": { exit: 2, summary: "A secrets file cannot be parsed, or is not a SOPS file." },
  "secrets-file-tampered": {
    exit: 2,
    summary: "A secrets file has been altered: its MAC or its signature is wrong.",
  },
  "secrets-file-older": { exit: 2, summary: "An older version of a secrets file has taken the place of a newer one." },
  "secrets-no-key": { exit: 2, summary: "None of the age keys found opens the secrets file." },
  "secrets-policy": {
    exit: 2,
    summary: "The rules for who can read or write secrets files are wrong, or the files do not match .sops.yaml.",
  },
  "secrets-busy": { exit: 4, summary: "Another command is changing the secrets files." },
  "secrets-plaintext": { exit: 2, summary: "A secret is in a secrets file unencrypted." },
  "secrets-not-renewed": {
    exit: 1,
    summary: "A secret has not been renewed since somebody who could read it lost access.",
  },
  "secrets-conflict": { exit: 1, summary: "Two branches changed the same secret." },

  // Pipeline and release
  "task-failed": { exit: 1, summary: "A task ended with an error." },
  "task-timeout": { exit: 1, summary: "A task took longer than its timeout." },
  "task-service-failed": {
    exit: 1,
    summary: "A service that a task needs did not start, or did not become ready in time.",
  },
  "input-changed": { exit: 1, summary: "A confined task changed one of its inputs." },
  "output-names-tree": { exit: 1, summary: "An output contains the path of the tree that a confined task ran in." },
  "task-output-missing": { exit: 1, summary: "A task succeeded but did not write a declared output." },
  "output-unusable": { exit: 1, summary: "An output of a task can be neither read nor removed." },
  "coverage-below": { exit: 1, summary: "The tests cover less of the code than the task requires." },
  "report-invalid": { exit: 1, summary: "A test report cannot be read." },
  "release-file-missing": { exit: 1, summary: "A file that the release should contain is not there." },
  "release-path-refused": { exit: 1, summary: "A file cannot be in a release because of its name or kind." },
  "release-collected": { exit: 2, summary: "The release's files are no longer kept." },
  "release-damaged": { exit: 1, summary: "A stored release no longer has its original content." },
  "release-written": {
    exit: 1,
    summary: "Something wrote into an unpacked release where that could not be prevented.",
  },

  // Rollout
  "command-failed": { exit: 1, summary: "A command that was run in an environment failed." },
  "instance-unhealthy": { exit: 1, summary: "An instance did not become healthy in time." },
  "instance-exited": { exit: 1, summary: "An instance exited on its own." },
  "migration-failed": { exit: 1, summary: "A migration ended with an error." },
  "deployment-aborted": { exit: 1, summary: "A deployment was stopped on request and reverted." },
  "not-routed": {
    exit: 1,
    summary: "Requests could not go back to what served before, for nothing of it comes up; they go where they went.",
  },
  "deployment-stuck": { exit: 1, summary: "A deployment failed and could not be reverted completely." },
  "nothing-to-roll-back": { exit: 2, summary: "There is no earlier release to go back to." },
  "nothing-to-promote": { exit: 2, summary: "The previous environment has no release to promote." },
  "nothing-deployed": { exit: 2, summary: "Nothing was deployed to the environment yet." },
  "nothing-under-way": { exit: 2, summary: "No deployment to the environment is under way." },
  "nothing-awaited": { exit: 2, summary: "Nothing about that deployment awaits a person." },
  "deployment-unchecked": {
    exit: 2,
    summary: "A deployment did not go through the checks that every deployment has to pass.",
  },

  // Gates
  "secret-leaked": { exit: 3, summary: "A file that would be released contains the value of a secret." },
  "deployment-frozen": {
    exit: 1,
    summary: "A deployment whose migration is declared irreversible failed, and was left as it stands for a person.",
  },
  "rehearsal-failed": {
    exit: 3,
    summary:
      "Going back from the release did not work in its rehearsal, or the release that serves did not bear its migration.",
  },
  "rehearsal-unclear": {
    exit: 3,
    summary: "What serves did not start in a rehearsal, which says nothing of the new release.",
  },
  "check-failed": { exit: 3, summary: "A check of the environment's gates failed." },
  "not-enough-evidence": {
    exit: 3,
    summary: "Too few requests were seen to tell whether a release is good: a person decides, or it was taken out.",
  },
  "nothing-compared": { exit: 2, summary: "A deployment was not judged by its requests, so there is no verdict." },
  "verdict-differs": {
    exit: 1,
    summary: "What was written down of a verdict does not follow from the deployment's journal.",
  },
  "share-mismatch": {
    exit: 3,
    summary: "The requests were not shared out as the gateway was told, so two releases could not be compared.",
  },
  "release-regressed": { exit: 1, summary: "A release did worse than the one that serves, and was taken out." },
  "release-quarantined": { exit: 3, summary: "The release was rolled back and is refused everywhere." },
  "not-promoted": { exit: 3, summary: "The release has not been through the previous environment." },
  "not-permitted": { exit: 3, summary: "Who asks is none of those who may, by the definition's `access`." },
  "approval-awaited": { exit: 3, summary: "A deployment waits until people have approved it; nothing runs for it." },
  "approval-lapsed": {
    exit: 3,
    summary: "A deployment that waited for approval is no longer what it was asked for, or waited too long.",
  },
  "window-shut": { exit: 3, summary: "The environment takes no deployments at this time." },
  "task-file-invalid": {
    exit: 2,
    summary: "A file is not a task file, or asks for artefacts other than the four documents.",
  },
  "task-not-ready": { exit: 3, summary: "A task is not done: the definition lacks something that it asks for." },
  "task-state-invalid": { exit: 2, summary: "A state file of tasks is damaged or has an unknown shape." },
  "parity-violated": {
    exit: 3,
    summary: "A deployment would make an environment different from the one before, but nothing declares that it may.",
  },
  "parity-unknown": {
    exit: 3,
    summary: "Whether an environment equals the one before is unknown, but could have been known.",
  },
  "resource-unreachable": { exit: 4, summary: "A database or another resource of an environment cannot be reached." },
  "resource-gone": { exit: 4, summary: "The data of a resource is gone; it is not replaced by something empty." },
  "resource-failed": {
    exit: 4,
    summary: "A resource of an environment could not be created, saved, restored or removed.",
  },
  "unknown-resource": {
    exit: 2,
    summary: "The environment has no resource of that name, or it has not been created yet.",
  },
  "unknown-output": { exit: 2, summary: "A resource has no output of that name." },
  "nothing-to-save": { exit: 2, summary: "The environment has no resource that keeps data." },
  "resource-changed": {
    exit: 2,
    summary: "The definition gives a resource a different kind or place from the one that exists.",
  },
  "resource-external": { exit: 2, summary: "The resource is managed elsewhere: Tidegate does not restore it." },
  "resource-version": { exit: 1, summary: "A resource has a different version from the one in the definition." },
  "unknown-snapshot": { exit: 2, summary: "There is no such snapshot." },
  "environment-protected": { exit: 3, summary: "The environment is protected: it must not be destroyed." },
  "too-many-previews": { exit: 3, summary: "There are already as many previews as the definition allows." },
  "alert-undelivered": { exit: 1, summary: "An alert could not be delivered over one of its channels." },
  "audit-broken": {
    exit: 1,
    summary: "The audit log, or an export of it, was edited, cut, reordered or forged.",
  },
  "environment-busy": { exit: 3, summary: "Another deployment to the environment is under way." },

  // Documents
  "documents-busy": { exit: 4, summary: "Another command is writing the documents, or their files keep changing." },
  "documents-invalid": { exit: 2, summary: "The facts of the documents cannot be read." },
  "documents-stale": { exit: 3, summary: "The documents no longer say what the definition says." },
  "documents-edited": {
    exit: 3,
    summary: "A generated part of a document was edited by hand, or left behind by an interrupted command.",
  },
  "documents-undecided": {
    exit: 3,
    summary: "The definition has no services or no environments: the documents say what is undecided.",
  },
  "unknown-statement": { exit: 2, summary: "The definition has no such key." },

  // The machine and Tidegate itself
  "confinement-unavailable": { exit: 4, summary: "A task cannot be confined as required on this machine." },
  "audit-unavailable": { exit: 4, summary: "What a task reads and writes cannot be observed on this machine." },
  "cache-damaged": { exit: 4, summary: "The cache had damaged files; they were removed." },
  "port-in-use": { exit: 4, summary: "The port belongs to another process." },
  "no-space": { exit: 4, summary: "The disk is full." },
  "too-many-files": { exit: 4, summary: "The process or the machine has too many open files." },
  "not-writable": { exit: 4, summary: "A folder or file that Tidegate must write is read-only." },
  "state-damaged": { exit: 4, summary: "Tidegate's state cannot be read." },
  "backup-damaged": { exit: 4, summary: "A backup is incomplete, or cannot be made completely." },
  "backup-too-large": { exit: 1, summary: "A file in the data of services is larger than a backup can hold." },
  "state-outdated": { exit: 4, summary: "The state has lost its newest part: it does not know what serves." },
  "state-missing": { exit: 4, summary: "The state that the checkout belongs to is missing." },
  "state-unknown": { exit: 4, summary: "It is unclear which state the checkout belongs to." },
  "state-busy": { exit: 4, summary: "Another command is using the state." },
  "blobs-unreachable": { exit: 4, summary: "Stored files cannot be reached: they may be there, or not." },
  "state-newer": { exit: 4, summary: "The state was written by a newer Tidegate." },
  "store-unreachable": { exit: 4, summary: "The database that holds the state does not answer." },
  "agent-unreachable": { exit: 4, summary: "The agent does not start or does not answer." },
  "driver-unreachable": {
    exit: 4,
    summary: "The place where instances run cannot be reached: what runs there is unknown.",
  },
  "gateway-unreachable": { exit: 4, summary: "The gateway does not start or does not answer." },
  "process-survived": { exit: 4, summary: "A process does not end, even when it is killed." },
  "stale-writer": { exit: 4, summary: "Another writer took over the environment." },
  "node-missing": {
    exit: 4,
    summary: "The Node that the project says is not on this machine and could not be fetched.",
  },
  "node-unclear": { exit: 2, summary: "What the project says of its Node is no version." },
  "node-too-old": { exit: 4, summary: "Tidegate needs a newer Node." },
  interrupted: { exit: 130, summary: "The command was interrupted." },
  internal: { exit: 4, summary: "A bug in Tidegate." },
} as const satisfies Record<string, CodeEntry>;

export type FailureCode = keyof typeof failureCodes;
