import { layoutOf } from "../text/parsed-file.ts";
import type { SopsFormat } from "../text/sops-format.ts";
import { plainContents } from "./contents.ts";
import { newDataKey } from "./data-key.ts";
import { OpenFile } from "./open-file.ts";
import { Reuse } from "./reuse.ts";
import { defaultSelector, everything, selectionOf } from "./selector.ts";
import type { CreateOptions, OpenSops, SopsMetadata } from "./types.ts";

/** What files say they were written by: the SOPS whose format this is. */
const version = "3.13.2";

const empty = { yaml: "", json: "{}\n", dotenv: "", binary: '{\n\t"data": ""\n}\n' } as const;
const names = { yaml: "secrets.yaml", json: "secrets.json", dotenv: "secrets.env", binary: "secrets" } as const;

/** An empty file with a new data key. What is wrong with the options (nobody to read it) is told by `print`. */
export async function createSops(format: SopsFormat, options: CreateOptions): Promise<OpenSops> {
  const layout = layoutOf(format, options.indent);
  // There is but one value in a binary file: SOPS takes no selector for it.
  const selector = (format === "binary" ? undefined : options.selector) ?? defaultSelector;
  const metadata: SopsMetadata = {
    keyGroups: [],
    shamirThreshold: 1,
    selector,
    macOnlyEncrypted: options.macOnlyEncrypted ?? false,
    lastModified: "",
    mac: "",
    version,
  };
  const file = {
    path: options.path ?? names[format],
    format,
    metadata,
    leaves: [],
    comments: [],
    bytes: new Uint8Array(),
  };
  const contents = plainContents(format, layout, empty[format]);
  const found = await selectionOf(selector);
  const problem =
    "problem" in found ? { problem: `the regular expression of the selector is not valid: ${found.problem}` } : {};
  const selection = "problem" in found ? everything : found;
  return new OpenFile({
    file,
    layout,
    selection,
    contents,
    dataKey: newDataKey(),
    isRekeyed: true,
    reuse: new Reuse(),
    recipients: options.recipients,
    ...problem,
  });
}
