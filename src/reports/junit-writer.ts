import type { XmlListener } from "./xml-scanner.ts";
import { xmlText } from "./xml-text.ts";

const nameForm = /^[\p{L}_][\p{L}\p{N}_.:-]*$/u;

/** Writes the suites of a report down as a scanner finds them, without the element around them. */
export class JunitWriter implements XmlListener {
  readonly #write: (text: string) => void;
  readonly #open: string[] = [];
  /** The last tag is not closed yet: it may turn out to be empty. */
  #isTagOpen = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** @throws when no XML can have such a name. */
  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (!nameForm.test(name)) throw new Error("An element in it has a name that XML does not allow");
    this.#endTag();
    this.#open.push(name);
    if (this.#isAround(name)) return;
    // A prefix may have been declared where it is left out.
    const written = [...attributes].filter(([key]) => nameForm.test(key) && !/:|^xmlns$/.test(key));
    this.#write(`<${name}${written.map(([key, value]) => ` ${key}="${attribute(value)}"`).join("")}`);
    this.#isTagOpen = true;
  }

  close(name: string): void {
    const isAround = this.#isAround(name);
    this.#open.pop();
    if (isAround) return;
    this.#write(this.#isTagOpen ? "/>" : `</${name}>`);
    this.#isTagOpen = false;
    if (name === "testsuite") this.#write("\n");
  }

  text(piece: string): void {
    if (this.#open.length === 1 && this.#open[0] === "testsuites") return;
    this.#endTag();
    this.#write(xmlText(piece).replaceAll("\r", "&#13;"));
  }

  /** Closes whatever is open, so that what was written is whole. */
  finish(): void {
    for (let name = this.#open.at(-1); name !== undefined; name = this.#open.at(-1)) this.close(name);
  }

  /** A suite with one test that could not be run. */
  error(name: string, message: string): void {
    this.open(
      "testsuite",
      new Map([
        ["name", name],
        ["tests", "1"],
        ["errors", "1"],
      ]),
    );
    this.open("testcase", new Map([["name", name]]));
    this.open("error", new Map([["message", message]]));
    this.finish();
  }

  /** Reports have one or none of it around their suites; the merged one has its own. */
  #isAround(name: string): boolean {
    return name === "testsuites" && this.#open.length === 1;
  }

  #endTag(): void {
    if (this.#isTagOpen) this.#write(">");
    this.#isTagOpen = false;
  }
}

/** Line breaks in an attribute would be read as spaces. */
function attribute(value: string): string {
  return xmlText(value).replace(/[\t\n\r]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
