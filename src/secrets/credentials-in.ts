/**
 * `scheme://user:password@host`, also several in one text, as lists of proxies and indexes have them. An `@` that nobody
 * encoded is part of the password: the last one counts.
 */
const authority = /[a-z][a-z0-9+.-]*:\/\/([^\s/@:,|]*)(?::([^\s/,|]*))?@/gi;

/**
 * What of an address is a credential: its password, and both as they stand there, which hides a short password at its usual
 * place. An address with one word before the `@` may have a token there. Encoded ones also as they are meant.
 */
export function credentialsIn(text: string): string[] {
  const found = [...text.matchAll(authority)].flatMap(([, user = "", password]) => {
    if (password === undefined) return [user];
    return password === "" ? [user] : [password, `${user}:${password}`];
  });
  return [...new Set(found.flatMap((one) => [one, decoded(one)]))].filter((one) => one !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
