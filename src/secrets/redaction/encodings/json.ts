/** Escapes beyond what JSON demands, as the usual writers make them. */
const writers: readonly ((json: string) => string)[] = [
  // Go: safe inside HTML.
  (json) => json.replace(/[<>&\u2028\u2029]/g, lower),
  // Python, Ruby's `ascii_only`: nothing but ASCII.
  (json) => json.replace(/[^\0-\x7e]/g, lower),
  (json) => json.replace(/[^\0-\x7e]/g, upper),
  // PHP: slashes, and nothing but ASCII.
  (json) => json.replaceAll("/", "\\/"),
  (json) => json.replaceAll("/", "\\/").replace(/[^\0-\x7e]/g, lower),
  // Gson, Jackson and others: what could end a script or an attribute.
  (json) => json.replace(/[<>&='\u2028\u2029]/g, lower),
  // .NET.
  (json) => json.replace(/\\"/g, "\\u0022").replace(/[<>&+'`]|[^\0-\x7e]/g, upper),
];

/** The value as it stands between the quotes of a JSON text. */
export function jsonForms(value: string): string[] {
  const json = plainJson(value);
  const forms = [json, ...writers.map((write) => write(json))];
  // Control characters without a short escape are written in either case.
  return forms.flatMap((form) => [
    form,
    form.replace(/\\u00[01][0-9a-f]/g, (unit) => `\\u${unit.slice(2).toUpperCase()}`),
  ]);
}

/** As `JSON.stringify` writes it, without the quotes. */
export function plainJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}

function lower(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function upper(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
