/** How a writer of XML or HTML escapes characters; the ampersand always as `&amp;`. */
type Escapes = Readonly<Record<string, string>>;

const text: Escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const writers: readonly Escapes[] = [
  text,
  { "&": "&amp;", "<": "&lt;" },
  { ...text, '"': "&quot;" },
  { ...text, '"': "&quot;", "'": "&apos;" },
  // PHP, Java, JavaScript.
  { ...text, '"': "&quot;", "'": "&#39;" },
  { ...text, '"': "&quot;", "'": "&#039;" },
  // Python.
  { ...text, '"': "&quot;", "'": "&#x27;" },
  // Go, Jinja.
  { ...text, '"': "&#34;", "'": "&#39;" },
  // Mustache and Handlebars.
  { ...text, '"': "&quot;", "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;" },
  { ...text, '"': "&quot;", "'": "&#x27;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;" },
];

/** Line ends and tabs as attributes need them. */
const lineEnds: readonly Escapes[] = [
  {},
  { "\n": "&#10;", "\r": "&#13;", "\t": "&#9;" },
  { "\n": "&#xA;", "\r": "&#xD;", "\t": "&#x9;" },
];

/** The value in the text or an attribute of XML and HTML. */
export function markupForms(value: string): string[] {
  const escaped = writers.flatMap((writer) => {
    return lineEnds.map((ends) => escapeAs(value, { ...writer, ...ends }));
  });
  return [...new Set(escaped)].flatMap((form) => [form, numeric(form, 10, "&#"), numeric(form, 16, "&#x")]);
}

function escapeAs(value: string, escapes: Escapes): string {
  return value.replace(/[&<>"'/`=\n\r\t]/g, (mark) => escapes[mark] ?? mark);
}

/** What is not ASCII by its number. */
function numeric(form: string, radix: number, prefix: string): string {
  return form.replace(/[^\0-\x7f]/gu, (mark) => `${prefix}${mark.codePointAt(0)!.toString(radix)};`);
}
