import type { Repository } from "../repository.ts";

/** What a program's sources say of how it is run. */
export interface ProgramFacts {
  /** Whether it listens on what PORT says. */
  readonly readsPort: boolean;
  /** The port that its sources name, and that nothing outside of them changes. */
  readonly fixedPort?: string;
  /** Another variable that says where it listens. */
  readonly portVariable?: string;
  /** Where it says that it is well. */
  readonly health?: string;
  /** Files that open a port, relative to the folder. */
  readonly listening: readonly string[];
}

const skipped =
  /^(node_modules|dist|build|out|coverage|public|static|docs?|examples?|fixtures?|__.*__|tests?|spec|e2e|cypress|scripts|\..*)\/$/;
const source = /\.[cm]?[jt]sx?$/;
const notProgram = /\.(test|spec|stories|config|d)\.[cm]?[jt]sx?$/;
const mostFiles = 400;

/** Source files of programs, nearest first; so many that they can all be read. */
export function programFiles(repository: Repository): string[] {
  const found: string[] = [];
  const waiting = [""];
  for (let folder = waiting.shift(); folder !== undefined && found.length < mostFiles; folder = waiting.shift()) {
    const { entries } = folder === "" ? repository : repository.below(folder);
    for (const entry of entries) {
      if (entry.endsWith("/") && !skipped.test(entry)) waiting.push(`${folder}${entry}`);
      else if (source.test(entry) && !notProgram.test(entry)) found.push(`${folder}${entry}`);
    }
  }
  return found.slice(0, mostFiles);
}

/** Whether there is a file of tests by its name, or by that of its folder. */
export function holdsTests(repository: Repository, depth = 0): boolean {
  return repository.entries.some((entry) => {
    if (!entry.endsWith("/")) return /[.-](test|spec)\.[cm]?[jt]sx?$/.test(entry);
    if (/^(node_modules|dist|build|\..*)\/$/.test(entry) || depth > 6) return false;
    return /^(__tests__|tests?|specs?)\/$/.test(entry) || holdsTests(repository.below(entry), depth + 1);
  });
}

const listens = /\.listen\(|\bserve\(\s*(\{|app\b)|\bBun\.serve\(|\bcreateServer\([^)]*\)\s*\.listen|\bhttp\.Server\b/;
const health = /["'`](\/(?:api\/)?(?:healthz?|health-?check|_health|livez|readyz|ping|up))\/?["'`]/;

export function programFacts(repository: Repository): ProgramFacts {
  const texts = programFiles(repository).map((file) => ({ file, text: repository.read(file) }));
  const all = texts.map(({ text }) => text).join("\n");
  const listening = texts.filter(({ text }) => listens.test(text));
  const fixedPort = fixedPortIn(
    all,
    listening.map(({ text }) => text),
  );
  const readsPort =
    fixedPort === undefined &&
    /\b(process\.env|env|Bun\.env|config)(\.|\[["'])PORT\b|\bPORT\s*[:=]\s*(z|num|port|str|envalid)?\b/.test(all);
  const other = /\b(?:process\.env|env)(?:\.|\[["'])([A-Z][A-Z0-9_]*_PORT)\b/g;
  const variables = readsPort ? [] : [...all.matchAll(other)].map(([, name]) => name!);
  const own = variables.filter(
    (name) => !/^(DB|DATABASE|POSTGRES|PG|MYSQL|MONGO|REDIS|SMTP|MAIL|AMQP|RABBIT)/.test(name),
  );
  const path = health.exec(all)?.[1] ?? nextHealth(repository);
  return {
    readsPort,
    ...(fixedPort !== undefined && { fixedPort }),
    ...(own[0] !== undefined && new Set(own).size === 1 && { portVariable: own[0] }),
    ...(path !== undefined && { health: path }),
    listening: listening.map(({ file }) => file),
  };
}

/** A port from outside: `env.APP_PORT`, `config.port`; but `process.env.HOST ? exports …` says none. */
const elsewhere =
  /\benv\b[^\n]*?(?<!ex|im|re|sup|trans|pass|view)port(?!able|al|ion)|\b(config|options|argv|settings)\b[^\n]{0,40}\bport\b/i;

/** `listen(3000)`, or with a constant beside it; `undefined` where anything might say another one, or there are several. */
function fixedPortIn(all: string, listening: readonly string[]): string | undefined {
  if (elsewhere.test(all)) return undefined;
  const ports = listening.flatMap((text) =>
    [...text.matchAll(/\.listen\(\s*(?:\{\s*port\s*:\s*)?(?:(\d{2,5})|([A-Za-z_$][\w$]*))/g)].map(
      ([, number, name]) =>
        number ??
        new RegExp(
          `\\b(?:const|let|var)\\s+${name!.replace(/\$/g, "\\$")}\\b[^=\\n]*=\\s*["']?(\\d{2,5})["']?\\s*[;,\\n]`,
        ).exec(text)?.[1],
    ),
  );
  return new Set(ports).size === 1 ? ports[0] : undefined;
}

/** A route that is a file: `app/api/health/route.ts`, `pages/api/health.ts`, `app/routes/healthcheck.tsx`. */
function nextHealth(repository: Repository): string | undefined {
  const route = programFiles(repository)
    .map((file) => file.replace(/^(src|server)\//, "").replace(source, ""))
    .map(
      (file) =>
        /^(?:app|pages|api|routes|app\/routes)\/((?:api\/)?(?:healthz?|healthcheck))(?:\/(?:route|\+server|page))?$/.exec(
          file,
        )?.[1],
    )
    .find((path) => path !== undefined);
  return route === undefined ? undefined : `/${route}`;
}
