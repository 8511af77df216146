import type { StandardSchemaV1 } from "@standard-schema/spec";
import { staticServer } from "../process/built-in.ts";
import type { Webhook, WebhookOptions } from "./alert-options.ts";
import type {
  Address,
  ApprovalGate,
  ApprovalOptions,
  CheckGate,
  Command,
  ConcurrencyGroup,
  ConfigShape,
  Differs,
  DiffersOptions,
  DriftSubject,
  Duration,
  Explainable,
  External,
  Folder,
  FolderOptions,
  KnownDrift,
  LocalDriver,
  LocalOptions,
  Matrix,
  MatrixAxes,
  MatrixValue,
  MatrixValues,
  PackageTask,
  PackageTaskOptions,
  Postgres,
  PostgresOptions,
  Project,
  ProjectOptions,
  RehearsalData,
  RehearsalGate,
  Resource,
  ResourceOutput,
  SecretCommand,
  SecretDeclaration,
  SecretOptions,
  SecretVariable,
  SecretVault,
  Service,
  ServiceOptions,
  Shared,
  StaticSiteOptions,
  Task,
  TaskOptions,
  Terraform,
  TerraformOptions,
  VaultOptions,
  WindowGate,
  WindowOptions,
} from "./types.ts";

export * from "../strategies/builders.ts";

/** One command of the pipeline: what it reads, what it writes, what it needs. */
export function task(options: TaskOptions): Task {
  return Object.freeze({ ...options, kind: "task" });
}

/**
 * Tasks in the packages of a workspace (npm, pnpm, yarn, bun): each stands in every package that has its script, as
 * `<package>#<name>`. A task of the pipeline that needs one of them needs it in all packages.
 */
export function workspace<const K extends string>(
  tasks: {
    readonly [P in K]: PackageTaskOptions<NoInfer<K>>;
  },
): { readonly [P in K]: PackageTask } {
  const entries = Object.entries<PackageTaskOptions>(tasks);
  const built = entries.map(([name, options]) => [name, Object.freeze({ ...options, kind: "packageTask" })]);
  return Object.freeze(Object.fromEntries(built));
}

/**
 * A task for each combination of the values: `test[node=20,os=linux]`. A combination for which `build` gives
 * `undefined` is left out.
 */
export function matrix<const A extends MatrixAxes>(
  axes: A,
  build: (values: MatrixValues<A>) => Task | undefined,
): Matrix<MatrixValues<A>> {
  const cells = combinations(axes).flatMap((values) => {
    const task = build(values as MatrixValues<A>);
    return task === undefined ? [] : [Object.freeze({ values: values as MatrixValues<A>, task })];
  });
  return Object.freeze({ kind: "matrix", cells: Object.freeze(cells) });
}

/** The tasks of a matrix that have these values: `needs: cells(test, { os: "linux" })`. */
export function cells<V extends object>(of: Matrix<V>, values: Partial<NoInfer<V>>): readonly Task[] {
  const wanted = Object.entries(values) as [keyof V, unknown][];
  return of.cells
    .filter((cell) => wanted.every(([axis, value]) => cell.values[axis] === value))
    .map(({ task }) => task);
}

/** Of the tasks that name this group, at most `limit` run at the same time. */
export function concurrencyGroup(name: string, limit = 1): ConcurrencyGroup {
  return Object.freeze({ kind: "concurrencyGroup", name, limit });
}

/** A long-running process of a release. */
export function service(options: ServiceOptions): Service {
  return Object.freeze({ ...options, kind: "service" });
}

/**
 * A service of static files: a folder of the release, served by Tidegate's own small server. Pages answer without their
 * ending, `404.html` for what is not there; what has the digest of its content in its name is kept by browsers, everything else
 * is asked for each time; files that were compressed beside themselves (`app.js.br`, `app.js.gz`) are sent so.
 */
export function staticSite(options: StaticSiteOptions): Service {
  const { folder, files, fallback, immutable = [], ...rest } = options;
  const site = withSlash(folder);
  const page = fallback === true ? "index.html" : fallback;
  const base = typeof rest.route === "string" && rest.route.startsWith("/") ? rest.route : "/";
  const run: Command = [
    staticServer,
    site,
    ...(base === "/" ? [] : [`--base=${base}`]),
    ...(fallback === undefined || fallback === false ? [] : [`--fallback=${page}`]),
    ...immutable.map((one) => `--immutable=${withSlash(one)}`),
    ...(files ?? []),
  ];
  return Object.freeze({ ...rest, run, files: files ?? [site], kind: "service" });
}

/** Declares a difference between environments, why it is there, and maybe until when and who is responsible for it. */
export function differs<const T>(value: T, reason: string, options: DiffersOptions = {}): Differs<T> {
  return Object.freeze({ ...options, kind: "differs", value, reason });
}

/**
 * In an environment's `drift`: what is known not to be as it was deployed, why, and maybe until when:
 * `known("resources.db", "the provider renames roles", { until: "2027-03-01" })`. What stands below it is known, too.
 */
export function known(subject: DriftSubject, reason: string, options: DiffersOptions = {}): KnownDrift {
  return Object.freeze({ ...options, kind: "knownDrift", subject, reason });
}

/** Says why something was chosen, for the documents: `strategy: because(rolling(), "two releases can serve side by side")`. */
export function because<const T extends Explainable>(chosen: T, reason: string): T {
  return Object.freeze({ ...(chosen as object), because: reason }) as T;
}

/** A config value that is the environment's own address, previews included: `BASE_URL: address()`. */
export function address(): Address {
  return Object.freeze({ kind: "address" });
}

/** A PostgreSQL database with a role of its own, for each environment. */
export function postgres(options: PostgresOptions): Postgres {
  return Object.freeze({ ...options, kind: "resource", resource: "postgres" });
}

/** A folder of data for each environment: uploads, SQLite files. It can be backed up and restored. */
export function folder(options: FolderOptions = {}): Folder {
  return Object.freeze({ ...options, kind: "resource", resource: "folder" });
}

/** What a Terraform or OpenTofu configuration makes: applied with `env create` and each deployment. */
export function terraform(options: TerraformOptions): Terraform {
  return Object.freeze({ ...options, kind: "resource", resource: "terraform" });
}

/** In an environment's `resources`: somebody else looks after it there; its URL is a secret. */
export function external(options: Omit<External, "kind"> = {}): External {
  return Object.freeze({ ...options, kind: "external" });
}

/** In a service's `uses`: one thing that a resource tells, `output(infra, "bucket")`. */
export function output(of: Resource, name: string): ResourceOutput {
  return Object.freeze({ kind: "output", of, name });
}

/**
 * A config value that must never be shown. Environments must have different ones, unless `shared(…)` says why not. `from`:
 * `command(…)`, `vault(…)` or `variable(…)`, when it is not in the secrets file.
 */
export function secret<S extends StandardSchemaV1>(
  schema: S | Shared<S>,
  options: SecretOptions = {},
): SecretDeclaration<S> {
  // `?.`: a forgotten schema is reported with its place, not thrown.
  const shared = (schema as Shared<S> | undefined)?.kind === "shared" ? (schema as Shared<S>) : undefined;
  if (shared === undefined) return Object.freeze({ ...options, kind: "secret", schema: schema as S });
  return Object.freeze({ ...options, kind: "secret", schema: shared.schema, shared: shared.reason });
}

/**
 * In `secret(schema, { from })`: the value is what a program prints. Words, never a shell; `{environment}` and `{key}` are
 * filled in: `command(["op", "read", "op://shop/{environment}/{key}"])`.
 */
export function command(
  run: readonly [string, ...string[]],
  options: { readonly timeout?: Duration } = {},
): SecretCommand {
  return Object.freeze({ ...options, kind: "secretSource", source: "command", run });
}

/**
 * In `secret(schema, { from })`: a field of a secret in HashiCorp Vault or OpenBao, `vault({ path: "kv/shop-{environment}" })`.
 */
export function vault(options: VaultOptions): SecretVault {
  return Object.freeze({ ...options, kind: "secretSource", source: "vault" });
}

/**
 * In `alerts`: a signed POST to somebody's address. Both name secrets of `config`: `webhook({ url: "ALERT_URL", secret: "ALERT_KEY" })`.
 * A program of your own is called with `command([…])`.
 */
export function webhook(options: WebhookOptions): Webhook {
  return Object.freeze({ ...options, kind: "alert", alert: "webhook" });
}

/** In `secret(schema, { from })`: an environment variable of another name, `variable("{environment}_DB_PASSWORD")`. */
export function variable(name: string): SecretVariable {
  return Object.freeze({ kind: "secretSource", source: "variable", name });
}

/** Inside `secret(…)`: all environments have the same value, and why that is acceptable. */
export function shared<S extends StandardSchemaV1>(schema: S, reason: string): Shared<S> {
  return Object.freeze({ kind: "shared", schema, reason });
}

/** Runs instances as processes on this machine. */
export function local(options: LocalOptions = {}): LocalDriver {
  return Object.freeze({ ...options, kind: "driver", driver: "local" });
}

/**
 * A gate: the command runs in the release's folder against a new instance that has no traffic yet; `TIDEGATE_URL`
 * says where it listens. If it fails, the release is taken out.
 */
export function check(name: string, run: Command, options: { readonly timeout?: Duration } = {}): CheckGate {
  return Object.freeze({ ...options, kind: "gate", gate: "check", name, run });
}

/**
 * A gate: times at which no deployment begins. What is under way goes on; a rollback or an abort is always possible. Ranges are by
 * the clocks of the time zone, also when they are set.
 */
export function window(options: WindowOptions): WindowGate {
  return Object.freeze({ ...options, kind: "gate", gate: "window" });
}

/**
 * A gate: people who have to agree before a deployment begins. It waits as a record, for as long as it has to: nothing runs for it.
 * What they agree to is exactly one plan; when that changes, they are asked again.
 */
export function approval(options: ApprovalOptions = {}): ApprovalGate {
  return Object.freeze({ ...options, kind: "gate", gate: "approval" });
}

/**
 * A gate: before a release comes here, going back from it is tried out in a throw-away environment. The release that serves is
 * started, the new one migrates beside it, takes over, and is rolled back; each time what serves is proven by its health and
 * the environment's checks. Default: with empty data.
 */
export function rehearsal(options: { readonly data?: RehearsalData } = {}): RehearsalGate {
  return Object.freeze({ ...options, kind: "gate", gate: "rehearsal" });
}

/**
 * The whole project. The types hold what must be true: an environment's `config` has exactly the keys declared
 * `differs`, `after` names another environment, `replicas` names services.
 */
export function defineProject<
  const C extends ConfigShape = {},
  const S extends Readonly<Record<string, Service>> = {},
  const E extends string = never,
  const R extends Readonly<Record<string, Resource>> = {},
>(options: ProjectOptions<C, S, E, R>): Project {
  return Object.freeze({
    ...(options as unknown as Project),
    kind: "project",
    services: options?.services ?? {},
    config: options?.config ?? {},
    environments: options?.environments ?? {},
  });
}

/** The last axis changes fastest. */
function combinations(axes: MatrixAxes): Readonly<Record<string, MatrixValue>>[] {
  return Object.entries(axes).reduce<Readonly<Record<string, MatrixValue>>[]>(
    (all, [axis, values]) => all.flatMap((some) => values.map((value) => ({ ...some, [axis]: value }))),
    [{}],
  );
}

/** What is no text is found by the check, which says where it stands. */
function withSlash(folder: string): string {
  return typeof folder !== "string" || folder.endsWith("/") ? folder : `${folder}/`;
}
