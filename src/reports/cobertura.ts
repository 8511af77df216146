import type { Coverage } from "./coverage.ts";
import { feedFile } from "./feed-file.ts";
import { type XmlListener, XmlScanner } from "./xml-scanner.ts";

/** A line with more ways out of it than this was not written by a person. */
const mostBranches = 10_000;

/**
 * Adds a Cobertura report to what is covered. It names how many branches of a line were reached, and not which: of
 * several reports on one line the one that reached most counts.
 *
 * @throws an error whose message says why the report cannot be read.
 */
export function readCobertura(path: string, coverage: Coverage): void {
  const classes = new CoberturaClasses(coverage);
  // The format's own documents name its DTD, which nobody needs.
  const scanner = new XmlScanner(classes, { allowsDoctype: true });
  feedFile(path, (text) => scanner.write(text));
  scanner.end();
  classes.finish();
}

class CoberturaClasses implements XmlListener {
  readonly #coverage: Coverage;
  #isReport = false;
  #file: string | undefined;
  #className = "";
  #method: { readonly name: string; isReached: boolean } | undefined;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === "coverage") this.#isReport = true;
    else if (name === "class") {
      this.#file = attributes.get("filename");
      this.#className = attributes.get("name") ?? "";
    } else if (name === "method") this.#openMethod(attributes);
    else if (name === "line" && this.#file !== undefined) this.#line(this.#file, attributes);
  }

  close(name: string): void {
    if (name === "class") this.#file = undefined;
    if (name !== "method" || this.#method === undefined) return;
    if (this.#file !== undefined) this.#coverage.function(this.#file, this.#method.name, this.#method.isReached);
    this.#method = undefined;
  }

  text(): void {}

  finish(): void {
    if (!this.#isReport) throw new Error("It is no Cobertura report: it has no coverage element");
  }

  #openMethod(attributes: ReadonlyMap<string, string>): void {
    const name = `${this.#className}.${attributes.get("name") ?? ""}${attributes.get("signature") ?? ""}`;
    const isReached = Number(attributes.get("hits") ?? attributes.get("line-rate") ?? 0) > 0;
    this.#method = { name, isReached };
  }

  #line(file: string, attributes: ReadonlyMap<string, string>): void {
    const line = Number(attributes.get("number"));
    const isReached = Number(attributes.get("hits") ?? 0) > 0;
    this.#coverage.line(file, line, isReached);
    if (this.#method !== undefined && isReached) this.#method.isReached = true;
    const [, covered, total] = /\((\d+)\/(\d+)\)/.exec(attributes.get("condition-coverage") ?? "") ?? [];
    if (covered === undefined || attributes.get("branch") !== "true") return;
    if (Number(total) > mostBranches) throw new Error(`It names a line with ${total} branches`);
    for (let branch = 0; branch < Number(total); branch++)
      this.#coverage.branch(file, `${line},${branch}`, branch < Number(covered));
  }
}
