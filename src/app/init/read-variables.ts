import { looksSecret } from "../../secrets/looks-secret.ts";
import type { Repository } from "./repository.ts";
import { sourceFiles } from "./source-files.ts";

const languages = /\.(py|go|rb|[cm]?[jt]sx?)$/;
const aside =
  /(^|\/)(tests?|__tests__|__mocks__|specs?|e2e|fixtures|testing|docs?|examples?|scripts|cypress|vendor)\/|\.(test|spec|e2e)\.|_test\.|(^|\/)(test_|tests?\.py|conftest|settings_test|test_settings|noxfile|gulpfile|Gruntfile)|\.config\.|\.d\.ts$/;
/** How the languages ask for a variable of the environment. */
const asked = [
  /\bprocess\.env(?:\.([A-Z][A-Z0-9_]*)|\[["']([A-Z][A-Z0-9_]*)["']\])/g,
  /\bos\.(?:environ(?:\.get)?|getenv)\s*[[(]\s*["']([A-Z][A-Z0-9_]*)["']/g,
  /\bos\.(?:Getenv|LookupEnv)\("([A-Z][A-Z0-9_]*)"/g,
  /\bENV(?:\.fetch)?[[(]["']([A-Z][A-Z0-9_]*)["']/g,
];
/** What is set by Tidegate, by the machine, or by a tool for itself. */
const given =
  /^(PORT|HOST|PATH|HOME|USER|SHELL|LANG|TZ|PWD|TMPDIR|CI|DEBUG|NODE_ENV|NO_COLOR|FORCE_COLOR|DYNO|VERCEL\w*|NETLIFY\w*|GITHUB_\w+|npm_\w+|TEST_\w+|\w+_TEST|TIDEGATE_\w+|RUNNER_\w+|GOPATH|GOROOT|GOCACHE|XDG_\w+|VIRTUAL_ENV|PYTEST_\w+|JEST_\w+|VITEST\w*|CODESPACES?\w*|K_SERVICE|FLY_\w+|RENDER\w*|RAILWAY_\w+|HEROKU_\w+|WEBSITE_\w+|KUBERNETES_\w+|DJANGO_SETTINGS_MODULE|PYTHON\w+|FLASK_\w+)$/;

/** Whether nobody has to give it: Tidegate, the machine or a tool does. */
export function isGivenVariable(name: string): boolean {
  return given.test(name);
}

/** A variable that the sources ask for. */
export interface ReadVariable {
  readonly name: string;
  /** Whether its name says that it is a secret, or an address with a password in it. */
  readonly isSecret: boolean;
}

/** Addresses that usually have a password in them. */
const withPassword = /(DATABASE|DB|POSTGRES|PG|MYSQL|MONGO|MONGODB|REDIS|AMQP|RABBITMQ|SMTP|BROKER)_?(URL|URI|DSN)$/;

/** Variables that the sources ask for and that somebody has to give, in code unit order. */
export function variablesRead(repository: Repository): ReadVariable[] {
  const files = sourceFiles(repository, (path) => languages.test(path) && !aside.test(path));
  const found = files.flatMap((file) => {
    const text = repository.read(file);
    return asked.flatMap((pattern) => [...text.matchAll(pattern)].map(([, a, b]) => a ?? b ?? ""));
  });
  return [...new Set(found)]
    .filter((name) => name !== "" && !isGivenVariable(name))
    .sort()
    .map((name) => ({ name, isSecret: looksSecret(name, "") === "secret" || withPassword.test(name) }));
}

/** Files that say which variables there are, those of nobody in particular first. */
export function dotenvFiles(repository: Repository): string[] {
  const names = [".env.example", ".env.sample", ".env.template", ".env.dist", "example.env", ".env"];
  return names.filter(
    (name) => repository.has(name) && /^\s*(?:export\s+)?[A-Za-z_]\w*\s*=/m.test(repository.read(name)),
  );
}
