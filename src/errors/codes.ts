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
  "dependency-cycle": { exit: 2, summary: "Tasks need each other in a circle." },
  "unknown-need": { exit: 2, summary: "A task needs something that is not in the pipeline." },
  "output-conflict": { exit: 2, summary: "Two tasks write the same output." },
  "output-reserved": {
    exit: 2,
    summary:
      "A task would remove or write what is nobody's output: git's folder, the definition, variables of the machine.",
  },
  "output-tracked": { exit: 2, summary: "A task would remove files that git tracks, as its output." },
  "input-ignored": { exit: 2, summary: "Git ignores an input, so that it belongs to no commit." },
  "workspace-invalid": {
    exit: 2,
    summary: "The packages of the workspace cannot be found, or are not as they must be.",
  },
  "unknown-package": { exit: 2, summary: "A filter means no package of the workspace." },
  "git-unavailable": {
    exit: 2,
    summary: "Git guards something and does not answer, or has no such commit: what it would have said is not guessed.",
  },
  "no-such-input": { exit: 2, summary: "An input pattern matches no file." },
  "path-outside-project": { exit: 2, summary: "A path leads out of the project." },

  // Config and secrets
  "config-missing": { exit: 2, summary: "A config value is missing." },
  "config-invalid": { exit: 2, summary: "A config value does not fit its schema." },
  "config-unknown": { exit: 2, summary: "A config key is not declared." },
  "config-undeclared-difference": { exit: 2, summary: "An environment sets a key that is not declared differs(…)." },
  "secret-missing": { exit: 2, summary: "A secret has no value." },
  "secret-invalid": { exit: 2, summary: "A secret's value does not fit its schema." },
  "secret-shared": { exit: 2, summary: "Two environments have the same secret without shared(…)." },
  "statement-invalid": { exit: 2, summary: "A file is no statement of parity that can be read." },
  "statement-refuted": {
    exit: 1,
    summary: "A statement of parity contradicts itself, the definition, or what is known here.",
  },
  "difference-needless": {
    exit: 2,
    summary: "Something is declared to differ between environments, and no environment does.",
  },
  "difference-expired": { exit: 2, summary: "Something might differ between environments up to a day that is over." },
  "secret-unreadable": {
    exit: 4,
    summary: "A secret cannot be read now: no key opens it, or where it comes from is down.",
  },
  "secrets-file-invalid": { exit: 2, summary: "A secrets file cannot be parsed, or is not a SOPS file." },
  "secrets-file-tampered": {
    exit: 2,
    summary: "A secrets file is not as it was written: its MAC or its signature is wrong.",
  },
  "secrets-no-key": { exit: 2, summary: "None of the age keys found opens the secrets file." },
  "secrets-policy": {
    exit: 2,
    summary: "Who can read or write secrets files is not said rightly, or not as .sops.yaml says.",
  },
  "secrets-busy": { exit: 4, summary: "Another command is changing the secrets files." },
  "secrets-plaintext": { exit: 2, summary: "A secret stands in a secrets file unencrypted." },
  "secrets-not-renewed": {
    exit: 1,
    summary: "A secret that somebody could read who no longer may is still not renewed.",
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
  "output-names-tree": { exit: 1, summary: "An output names the tree that a confined task ran in." },
  "task-output-missing": { exit: 1, summary: "A task succeeded but did not write a declared output." },
  "output-unusable": { exit: 1, summary: "An output of a task can be neither read nor removed." },
  "coverage-below": { exit: 1, summary: "The tests reach less of the code than the task demands." },
  "report-invalid": { exit: 1, summary: "A test report cannot be read." },
  "release-file-missing": { exit: 1, summary: "A file that the release should contain is not there." },
  "release-path-refused": { exit: 1, summary: "A file cannot be in a release because of its name or kind." },
  "release-collected": { exit: 2, summary: "The release's files are no longer kept." },
  "release-damaged": { exit: 1, summary: "A stored release does not have the content it had." },
  "release-written": { exit: 1, summary: "Something wrote into an unpacked release, where nothing could prevent it." },

  // Rollout
  "command-failed": { exit: 1, summary: "A command that was run in an environment did not end well." },
  "instance-unhealthy": { exit: 1, summary: "An instance did not become healthy in time." },
  "instance-exited": { exit: 1, summary: "An instance ended by itself." },
  "migration-failed": { exit: 1, summary: "A migration ended with an error." },
  "deployment-aborted": { exit: 1, summary: "A deployment was stopped on request and taken back." },
  "deployment-stuck": { exit: 1, summary: "A deployment failed and could not be taken back completely." },
  "nothing-to-roll-back": { exit: 2, summary: "There is no earlier release to go back to." },
  "nothing-to-promote": { exit: 2, summary: "The environment before has no release to promote." },
  "nothing-deployed": { exit: 2, summary: "Nothing was deployed to the environment yet." },
  "nothing-under-way": { exit: 2, summary: "No deployment to the environment is under way." },
  "deployment-unchecked": { exit: 2, summary: "A deployment did not come through the checks that each has to pass." },

  // Gates
  "secret-leaked": { exit: 3, summary: "A file that would be released contains the value of a secret." },
  "check-failed": { exit: 3, summary: "A check of the environment's gates failed." },
  "release-quarantined": { exit: 3, summary: "The release was rolled back and is refused everywhere." },
  "not-promoted": { exit: 3, summary: "The release has not been through the environment before." },
  "task-file-invalid": {
    exit: 2,
    summary: "A task file is none, or asks for other artefacts than the four documents.",
  },
  "task-not-ready": { exit: 3, summary: "A task is not done: the definition lacks something that it asks for." },
  "task-state-invalid": { exit: 2, summary: "A state file of tasks is damaged, or has a shape that is not known." },
  "parity-violated": {
    exit: 3,
    summary: "A deployment would make an environment different from the one before, and nothing says that it may.",
  },
  "parity-unknown": {
    exit: 3,
    summary: "Whether an environment equals the one before is not known, and could have been.",
  },
  "resource-unreachable": { exit: 4, summary: "A database or another resource of an environment cannot be reached." },
  "resource-gone": { exit: 4, summary: "What a resource kept is gone; nothing empty is put in its place." },
  "resource-failed": {
    exit: 4,
    summary: "A resource of an environment could not be made, saved, restored or removed.",
  },
  "unknown-resource": { exit: 2, summary: "The environment has no resource of that name, or it was not made yet." },
  "unknown-output": { exit: 2, summary: "A resource has no output of that name." },
  "nothing-to-save": { exit: 2, summary: "The environment has no resource that keeps something." },
  "resource-changed": {
    exit: 2,
    summary: "The definition says another kind of a resource, or another place for it, than what is there.",
  },
  "resource-external": { exit: 2, summary: "Somebody else looks after the resource: Tidegate does not restore it." },
  "resource-version": { exit: 1, summary: "A resource is of another version than the definition says." },
  "unknown-snapshot": { exit: 2, summary: "There is no such snapshot." },
  "environment-protected": { exit: 3, summary: "The environment is protected: it must not be destroyed." },
  "too-many-previews": { exit: 3, summary: "There are as many previews as the definition allows." },
  "environment-busy": { exit: 3, summary: "Another deployment to the environment is under way." },

  // Documents
  "documents-busy": { exit: 4, summary: "Another call writes the documents, or their files do not stay as they are." },
  "documents-invalid": { exit: 2, summary: "The facts of the documents cannot be read." },
  "documents-stale": { exit: 3, summary: "The documents no longer say what the definition says." },
  "documents-edited": {
    exit: 3,
    summary: "A generated part of a document was edited by hand, or what an interrupted call was writing.",
  },
  "documents-undecided": {
    exit: 3,
    summary: "The definition has no services or no environments: the documents say what is not decided.",
  },
  "unknown-statement": { exit: 2, summary: "The definition has no such key." },

  // The machine and Tidegate itself
  "confinement-unavailable": { exit: 4, summary: "A task cannot be confined on this machine as it should be." },
  "audit-unavailable": { exit: 4, summary: "What a task reads and writes cannot be observed on this machine." },
  "cache-damaged": { exit: 4, summary: "The cache had damaged files; they were taken out." },
  "port-in-use": { exit: 4, summary: "The port belongs to another process." },
  "no-space": { exit: 4, summary: "The disk is full." },
  "too-many-files": { exit: 4, summary: "The process or the machine may open no more files." },
  "not-writable": { exit: 4, summary: "A folder or file that Tidegate must write is read-only." },
  "state-damaged": { exit: 4, summary: "Tidegate's state cannot be read." },
  "backup-damaged": { exit: 4, summary: "A backup is not whole, or cannot be made whole." },
  "backup-too-large": { exit: 1, summary: "A file that services keep is larger than a backup can hold." },
  "state-outdated": { exit: 4, summary: "The state has lost its newest part: it does not know what serves." },
  "state-missing": { exit: 4, summary: "The state that the checkout belongs to is not there." },
  "state-unknown": { exit: 4, summary: "Which state the checkout belongs to cannot be known." },
  "state-busy": { exit: 4, summary: "Another command is at work on the state." },
  "blobs-unreachable": { exit: 4, summary: "Stored files cannot be reached: they may be there, or not." },
  "state-newer": { exit: 4, summary: "The state was written by a newer Tidegate." },
  "store-unreachable": { exit: 4, summary: "The database that holds the state does not answer." },
  "agent-unreachable": { exit: 4, summary: "The agent does not start or does not answer." },
  "driver-unreachable": { exit: 4, summary: "Where instances run cannot be reached: what runs there is not known." },
  "gateway-unreachable": { exit: 4, summary: "The gateway does not start or does not answer." },
  "process-survived": { exit: 4, summary: "A process does not end, not even when it is killed." },
  "stale-writer": { exit: 4, summary: "Another writer took over the environment." },
  "node-too-old": { exit: 4, summary: "Tidegate needs a newer Node." },
  interrupted: { exit: 130, summary: "The command was interrupted." },
  internal: { exit: 4, summary: "A bug in Tidegate." },
} as const satisfies Record<string, CodeEntry>;

export type FailureCode = keyof typeof failureCodes;
