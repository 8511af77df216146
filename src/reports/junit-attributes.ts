/** What reporters call it when they say it in an attribute and with no element. */
const results: ReadonlyMap<string, "failed" | "skipped"> = new Map([
  ...["notrun", "disabled", "suppressed", "skipped", "skip", "ignored", "ignore", "pending", "todo", "filtered"].map(
    (word) => [word, "skipped"] as const,
  ),
  ...["fail", "failed", "failure", "error", "errored", "broken", "crashed", "timeout", "timedout", "aborted"].map(
    (word) => [word, "failed"] as const,
  ),
  ...["cancelled", "canceled", "interrupted"].map((word) => [word, "failed"] as const),
]);

/** Attributes that are true or false, and what a test is of which they say so. */
const flags: readonly (readonly [name: string, value: boolean, result: "failed" | "skipped"])[] = [
  ["failed", true, "failed"],
  ["success", false, "failed"],
  ["passed", false, "failed"],
  ["executed", false, "skipped"],
  ["skipped", true, "skipped"],
  ["disabled", true, "skipped"],
  ["ignored", true, "skipped"],
];

/**
 * What the attributes of a test say of it: `status="notrun"`, `result="suppressed"`, `executed="False"`. A failure counts
 * before anything else; `undefined` when they say nothing, or that it ran.
 */
export function resultOfAttributes(attributes: ReadonlyMap<string, string>): "failed" | "skipped" | undefined {
  const words = ["status", "result"].map((name) => wordOf(attributes.get(name)));
  const said = [
    ...words.map((word) => results.get(word)),
    ...flags.map(([name, value, result]) => (booleanOf(attributes.get(name)) === value ? result : undefined)),
  ];
  return said.includes("failed") ? "failed" : said.find((result) => result !== undefined);
}

/** `true`, `True`, `1` and `yes`, and what is their opposite; `undefined` for everything else. */
export function booleanOf(text: string | undefined): boolean | undefined {
  const word = (text ?? "").trim().toLowerCase();
  if (["true", "1", "yes"].includes(word)) return true;
  return ["false", "0", "no"].includes(word) ? false : undefined;
}

/** `Not Run`, `not_run` and `NOTRUN` are one word. */
function wordOf(text = ""): string {
  return text.toLowerCase().replace(/[\s_-]/g, "");
}
