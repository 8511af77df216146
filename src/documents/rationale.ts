/** Why something is used where the definition does not say, and what else there was to weigh. */
export interface Rationale {
  readonly why: string;
  readonly weighed: string;
}

const programs: Readonly<Record<string, Rationale>> = {
  npm: { why: "it comes with Node, and its lock file pins every package", weighed: "pnpm, yarn, bun" },
  npx: { why: "it runs the version that the lock file pins", weighed: "globally installed programs" },
  pnpm: { why: "it shares packages between projects and refuses undeclared ones", weighed: "npm, yarn, bun" },
  yarn: { why: "the project's lock file is yarn's", weighed: "npm, pnpm, bun" },
  bun: { why: "the project's lock file is bun's", weighed: "npm, pnpm, yarn" },
  node: { why: "the project is written for it", weighed: "Deno, bun" },
  tsc: { why: "types are checked before anything runs", weighed: "no types, or types that are only stripped" },
  python: { why: "the project is written for it", weighed: "none: it is the project's language" },
  python3: { why: "the project is written for it", weighed: "none: it is the project's language" },
  pip: { why: "it comes with Python", weighed: "uv, poetry" },
  uv: { why: "it pins every package and is fast", weighed: "pip, poetry" },
  go: { why: "it builds, tests and pins the modules of the project's language", weighed: "make, Bazel" },
  cargo: { why: "it builds, tests and pins the crates of the project's language", weighed: "make, Bazel" },
  make: {
    why: "the project's commands are already in a Makefile",
    weighed: "tasks that call the programs directly",
  },
  mvn: { why: "the project is built with Maven", weighed: "Gradle" },
  gradle: { why: "the project is built with Gradle", weighed: "Maven" },
  docker: { why: "the project is built into images", weighed: "releases of plain files" },
  git: { why: "it holds the sources", weighed: "none: the sources are there" },
};

const drivers: Readonly<Record<string, Rationale>> = {
  local: {
    why: "one machine is enough for this load, and only Node has to be installed on it",
    weighed: "containers, a cluster",
  },
};

const strategies: Readonly<Record<string, Rationale>> = {
  rolling: {
    why: "no request is lost, and no second set of instances has to be paid for",
    weighed: "recreate (loses requests), blue/green (twice the instances), canary (needs traffic to judge by)",
  },
  recreate: {
    why: "two instances of the service cannot run at once; requests are refused for a moment",
    weighed: "rolling (two releases side by side)",
  },
  blueGreen: { why: "all requests move in one switch", weighed: "rolling (fewer instances), canary" },
  canary: { why: "few requests reach a bad release", weighed: "rolling (all requests soon reach it)" },
};

const resources: Readonly<Record<string, Rationale>> = {
  postgres: {
    why: "a well-known relational database, with one database and one role for each environment",
    weighed: "SQLite in a folder, a database managed by a provider",
  },
  folder: { why: "files are enough, and are saved and restored as they are", weighed: "a database, object storage" },
  terraform: { why: "what is outside the machine is described as code", weighed: "creating it by hand" },
};

const secrets: Readonly<Record<string, Rationale>> = {
  "SOPS files with age": {
    why: "encrypted values are kept beside the code that needs them, and every change has an author",
    weighed: "a secrets server, environment variables of the machine",
  },
  vault: { why: "values are kept on the organisation's own server", weighed: "files in the repository" },
  command: { why: "values are kept by a program that the team already uses", weighed: "files in the repository" },
  variable: { why: "the machine that deploys has them", weighed: "files in the repository" },
};

const tables = { program: programs, driver: drivers, strategy: strategies, resource: resources, secrets } as const;

const nothingKnown: Rationale = { why: "the project's commands call it", weighed: "not recorded" };

/** The rationale of a tool where its definition gives none. */
export function rationaleOf(role: keyof typeof tables, name: string): Rationale {
  const table = tables[role];
  return Object.hasOwn(table, name) ? table[name]! : nothingKnown;
}
