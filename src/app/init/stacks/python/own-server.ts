import type { Repository } from "../../repository.ts";

/** A script that serves by itself, and how it is told where to listen. */
export type OwnServer =
  | { readonly script: string; readonly words: string }
  | { readonly script: string; readonly fixed: true };

const usualNames = ["server.py", "app.py", "main.py", "run.py", "serve.py", "web.py", "api.py", "wsgi.py"];
const serves =
  /serve_forever\(|\bmake_server\(|\brun_app\(|\.run\([^)]*\b(?:host|port)\s*=|\.listen\(|asyncio\.start_server\(/;

/** The script at the top of the repository that serves; `undefined`: there is none. */
export function findOwnServer(repository: Repository): OwnServer | undefined {
  const others = repository.entries.filter((name) => name.endsWith(".py") && !/^(test_|conftest|setup\.py)/.test(name));
  const names = [...usualNames.filter((name) => others.includes(name)), ...others];
  const scripts = names.filter((name) => serves.test(repository.read(name)));
  const told = scripts.map((script) => ({ script, words: wordsOf(repository.read(script)) }));
  const first = told.find(({ words }) => words !== undefined);
  if (first?.words !== undefined) return { script: first.script, words: first.words };
  return scripts[0] === undefined ? undefined : { script: scripts[0], fixed: true };
}

/** By the variable itself, by an option, or as its only word; `undefined`: not at all. */
function wordsOf(text: string): string | undefined {
  if (/["']PORT["']/.test(text)) return "";
  const option = /add_argument\(\s*(?:["']-\w["'],\s*)?["'](--(?:http-)?port)["']/.exec(text)?.[1];
  const host = /add_argument\(\s*(?:["']-\w["'],\s*)?["'](--(?:host|bind|address))["']/.exec(text)?.[1];
  if (option !== undefined) return `${host === undefined ? "" : ` ${host} "$HOST"`} ${option} "$PORT"`;
  return /\bport\b.*=.*int\((?:sys\.)?argv\[1\]\)/i.test(text) ? ' "$PORT"' : undefined;
}
