import type { Coverage } from "./coverage.ts";
import { feedFile } from "./feed-file.ts";
import { booleanOf } from "./junit-attributes.ts";
import type { NameSource } from "./source-names.ts";
import { type XmlListener, XmlScanner } from "./xml-scanner.ts";

/** A line with more ways out of it than this was not written by a person. */
const mostBranches = 10_000;
const longestSource = 4096;
const mostSources = 100;

/**
 * Adds a Cobertura report to what is covered. It names how many branches of a line were reached, and not which: of
 * several reports on one line the one that reached most counts.
 *
 * @throws an error whose message says why the report cannot be read.
 */
export function readCobertura(path: string, coverage: Coverage, nameOf: NameSource = (file) => file): void {
  const classes = new CoberturaClasses(coverage, nameOf);
  // The format's own documents name its DTD, which nobody needs.
  const scanner = new XmlScanner(classes, { allowsDoctype: true });
  feedFile(path, (text) => scanner.write(text));
  scanner.end();
  classes.finish();
}

class CoberturaClasses implements XmlListener {
  readonly #coverage: Coverage;
  readonly #nameOf: NameSource;
  readonly #sources: string[] = [];
  /** While the name of a folder is read. */
  #source: string | undefined;
  #isReport = false;
  #file: string | undefined;
  #className = "";
  #method: { readonly name: string; isReached: boolean } | undefined;

  constructor(coverage: Coverage, nameOf: NameSource) {
    this.#coverage = coverage;
    this.#nameOf = nameOf;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === "coverage") this.#isReport = true;
    else if (name === "source") this.#source = "";
    else if (name === "class") {
      const file = attributes.get("filename");
      this.#file = file === undefined ? undefined : this.#nameOf(file, this.#sources);
      this.#className = attributes.get("name") ?? "";
    } else if (name === "method") this.#openMethod(attributes);
    else if (name === "line" && this.#file !== undefined) this.#line(this.#file, attributes);
  }

  close(name: string): void {
    if (name === "class") this.#file = undefined;
    if (name === "source") this.#closeSource();
    if (name !== "method" || this.#method === undefined) return;
    if (this.#file !== undefined) this.#coverage.function(this.#file, this.#method.name, this.#method.isReached);
    this.#method = undefined;
  }

  text(piece: string): void {
    if (this.#source !== undefined && this.#source.length < longestSource) this.#source += piece;
  }

  finish(): void {
    if (!this.#isReport) throw new Error("It is not a Cobertura report: it has no coverage element");
  }

  #closeSource(): void {
    const source = this.#source?.trim() ?? "";
    this.#source = undefined;
    if (source !== "" && this.#sources.length < mostSources) this.#sources.push(source);
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
    const [, covered, total] = /\(\s*(\d+)\s*\/\s*(\d+)\s*\)/.exec(attributes.get("condition-coverage") ?? "") ?? [];
    if (covered === undefined || booleanOf(attributes.get("branch")) !== true) return;
    if (Number(total) > mostBranches) throw new Error(`It names a line with ${total} branches`);
    for (let branch = 0; branch < Number(total); branch++)
      this.#coverage.branch(file, `${line},${branch}`, branch < Number(covered));
  }
}
