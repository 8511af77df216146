/** How long a command waits for deployments, its own and others': options of the verbs that deploy. */
export const waitingOptions = {
  "no-wait": { kind: "flag", summary: "Fail instead of waiting when another deployment is in progress" },
  wait: {
    kind: "text",
    value: "bake",
    choices: ["bake"],
    summary: "Also wait until the instances from before are no longer kept",
  },
} as const;

/** What the options say, for a request. */
export function waitingOf({
  wait,
  "no-wait": noWait,
}: {
  readonly wait: string | undefined;
  readonly "no-wait": boolean;
}) {
  return { wait: !noWait, ...(wait === "bake" && { until: "ended" as const }) };
}
