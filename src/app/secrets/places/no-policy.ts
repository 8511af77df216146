/** Nobody can be given or denied access where nothing says who has it. */
export const noPolicy = {
  code: "secrets-policy",
  message: "There is no .sops.yaml",
  hint: "Make one: `tidegate secrets init`.",
} as const;
