/** Packages of npm whose programs are not called like them. */
const ofNpm: Readonly<Record<string, string>> = {
  tsc: "typescript",
  tsserver: "typescript",
  ng: "@angular/cli",
  nest: "@nestjs/cli",
  remix: "@remix-run/dev",
  "remix-serve": "@remix-run/serve",
  "react-router": "@react-router/dev",
  "react-router-serve": "@react-router/serve",
  "svelte-kit": "@sveltejs/kit",
  biome: "@biomejs/biome",
  changeset: "@changesets/cli",
  babel: "@babel/cli",
  swc: "@swc/cli",
  "run-s": "npm-run-all",
  "run-p": "npm-run-all",
  eleventy: "@11ty/eleventy",
  grunt: "grunt-cli",
  docusaurus: "@docusaurus/core",
  "vue-cli-service": "@vue/cli-service",
  craco: "@craco/craco",
  dotenv: "dotenv-cli",
  dotenvx: "@dotenvx/dotenvx",
  sequelize: "sequelize-cli",
  tailwindcss: "@tailwindcss/cli",
  "graphql-codegen": "@graphql-codegen/cli",
  playwright: "@playwright/test",
  cpy: "cpy-cli",
  del: "del-cli",
  commitlint: "@commitlint/cli",
  "api-extractor": "@microsoft/api-extractor",
};

/** Those that are. */
const samename = new Set(
  (
    "astro ava c8 concurrently cross-env drizzle-kit env-cmd esbuild eslint expo express-generator gulp http-server jest knex " +
    "lerna mocha ncc next nodemon npm-run-all nuxt nx nyc oxlint parcel pm2 prettier prisma react-scripts rimraf rolldown " +
    "rollup sass semantic-release serve shx size-limit stylelint svelte-check tap tape ts-node tsd tsdown tsup tsx turbo typedoc " +
    "typeorm unbuild vite vitepress vitest vue-tsc wait-on webpack wireit wrangler xo"
  ).split(" "),
);

/** The package of npm that brings a program; `undefined`: none that is known. */
export function npmPackageOf(program: string): string | undefined {
  return Object.hasOwn(ofNpm, program) ? ofNpm[program] : samename.has(program) ? program : undefined;
}

/** How a program comes onto a machine, by its name: Debian's package and Homebrew's, or a command. */
type Way = { readonly apt: string; readonly brew: string } | { readonly command: string };

const same = (name: string): Way => ({ apt: name, brew: name });
const ways: Readonly<Record<string, Way>> = {
  docker: { apt: "docker.io", brew: "docker" },
  podman: same("podman"),
  make: same("make"),
  cmake: same("cmake"),
  ninja: { apt: "ninja-build", brew: "ninja" },
  gcc: { apt: "build-essential", brew: "gcc" },
  "g++": { apt: "build-essential", brew: "gcc" },
  cc: { apt: "build-essential", brew: "gcc" },
  python: { apt: "python-is-python3", brew: "python" },
  python3: { apt: "python3 python3-venv", brew: "python" },
  pip: { apt: "python3-pip", brew: "python" },
  pip3: { apt: "python3-pip", brew: "python" },
  pipx: same("pipx"),
  go: { apt: "golang-go", brew: "go" },
  cargo: { apt: "cargo", brew: "rust" },
  rustc: { apt: "rustc", brew: "rust" },
  java: { apt: "default-jdk", brew: "openjdk" },
  javac: { apt: "default-jdk", brew: "openjdk" },
  mvn: { apt: "maven", brew: "maven" },
  gradle: same("gradle"),
  ruby: same("ruby"),
  bundle: { apt: "ruby-bundler", brew: "ruby" },
  php: same("php"),
  composer: same("composer"),
  git: same("git"),
  jq: same("jq"),
  zip: same("zip"),
  unzip: same("unzip"),
  curl: same("curl"),
  wget: same("wget"),
  rsync: same("rsync"),
  ffmpeg: same("ffmpeg"),
  protoc: { apt: "protobuf-compiler", brew: "protobuf" },
  psql: { apt: "postgresql-client", brew: "libpq" },
  sqlite3: { apt: "sqlite3", brew: "sqlite" },
  hugo: same("hugo"),
  jekyll: same("jekyll"),
  mkdocs: same("mkdocs"),
  mdbook: { command: "cargo install mdbook" },
  shellcheck: same("shellcheck"),
  xmllint: { apt: "libxml2-utils", brew: "libxml2" },
  node: { apt: "nodejs", brew: "node" },
  npm: { apt: "npm", brew: "node" },
  npx: { apt: "npm", brew: "node" },
  pnpm: { command: "npm install --global pnpm" },
  yarn: { command: "npm install --global yarn" },
  bun: { command: "npm install --global bun" },
  corepack: { command: "npm install --global corepack" },
  uv: { command: "pipx install uv" },
  poetry: { command: "pipx install poetry" },
  pipenv: { command: "pipx install pipenv" },
  pdm: { command: "pipx install pdm" },
  hatch: { command: "pipx install hatch" },
  tox: { command: "pipx install tox" },
  nox: { command: "pipx install nox" },
  pytest: { apt: "python3-pytest", brew: "pytest" },
  gunicorn: { apt: "gunicorn", brew: "gunicorn" },
};

/** The command that installs a program on this machine; `undefined` where none is known. */
export function installCommand(program: string, platform: NodeJS.Platform): string | undefined {
  const way = Object.hasOwn(ways, program) ? ways[program]! : undefined;
  if (way === undefined) return undefined;
  if ("command" in way) return way.command;
  return platform === "darwin" ? `brew install ${way.brew}` : `apt-get install ${way.apt}`;
}
