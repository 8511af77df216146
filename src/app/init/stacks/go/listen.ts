/** How a program is told where to listen. */
export type Listening =
  | { readonly how: "told"; readonly variables: string; readonly words: string }
  /** It listens, always at the same place. */
  | { readonly how: "fixed"; readonly at: string }
  | { readonly how: "not" };

const listens =
  /ListenAndServe|http\.Serve\(|\bnet\.Listen\(|\bhttp\.Server\{|gin\.(?:Default|New)\(|fiber\.New\(|echo\.New\(|\.ListenTLS\(/;
const portFlags = "port|http-port|listen-port|server-port|p";
const addressFlags =
  "addr|address|listen|listen-addr|listen-address|http|http-addr|http-address|bind|bind-addr|host-port|web\\.listen-address";

/**
 * Reads from a program's sources how the port gets in: by PORT itself, by a flag, or by a variable of another name. A flag
 * with a default that has a colon is an address.
 */
export function howItListens(text: string): Listening {
  if (!listens.test(text)) return { how: "not" };
  if (/"PORT"/.test(text) || /env(?:config)?:"PORT\b/.test(text)) return { how: "told", variables: "", words: "" };
  const flag = flagOf(text);
  if (flag !== undefined) return { how: "told", variables: "", words: ` ${flag}` };
  const variable = /"((?:HTTP|SERVER|APP|WEB|API|LISTEN|SERVICE)_PORT)"/.exec(text)?.[1];
  if (variable !== undefined) return { how: "told", variables: `${variable}="$PORT" `, words: "" };
  const address = /"((?:HTTP_|SERVER_|APP_|LISTEN_|BIND_)?ADDR(?:ESS)?)"/.exec(text)?.[1];
  if (address !== undefined) return { how: "told", variables: `${address}="$HOST:$PORT" `, words: "" };
  const at =
    /(?:ListenAndServe|Run|Listen|Start)\(\s*(?:"tcp",\s*)?"([^"]*:\d+)"/.exec(text)?.[1] ??
    /Addr:\s*"([^"]*:\d+)"/.exec(text)?.[1];
  return { how: "fixed", at: at ?? "a place that its sources do not say plainly" };
}

function flagOf(text: string): string | undefined {
  const flag = (names: string) =>
    new RegExp(
      `\\.(?:String|Int|Uint|Uint16)(?:Var)?P?\\(\\s*(?:&[\\w.]+,\\s*)?"(${names})",\\s*(?:"\\w",\\s*)?("[^"]*"|[\\w.]+)`,
    ).exec(text);
  const address = flag(addressFlags);
  if (address !== null) return `--${address[1]}="$HOST:$PORT"`;
  const port = flag(portFlags);
  if (port === null) return undefined;
  const dashes = port[1]!.length === 1 ? "-" : "--";
  return `${dashes}${port[1]}=${/^"[^"]*:/.test(port[2]!) ? '":$PORT"' : '"$PORT"'}`;
}
