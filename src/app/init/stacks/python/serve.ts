import { shellWord } from "../../../../errors/shell-word.ts";
import type { ServiceDraft } from "../../draft.ts";
import type { Hosting } from "../../hosting.ts";
import type { Repository } from "../../repository.ts";
import { type Application, type DjangoProject, findApplication, findDjango } from "./application.ts";
import { usualMigration, writtenBeside } from "./database.ts";
import { findOwnServer } from "./own-server.ts";
import type { PythonEnvironment } from "./start-line.ts";
import { address, hostAndPort, readStartLine, type StartLine, targetWord } from "./start-line.ts";

/** A service that was found, or why what was found is none. */
export interface Served {
  readonly service?: Pick<ServiceDraft, "remarks"> & {
    readonly run: string;
    readonly migrate?: string;
    readonly writes?: string[];
  };
  readonly left?: string;
  /** Commands that make files of the release, and the folder that they make. */
  readonly collects?: { readonly run: string; readonly folder: string };
}

/** How servers of applications are called; the first that is there is taken. */
const servers: Readonly<Record<Application["kind"], readonly (readonly [string, (target: string) => string])[]>> = {
  wsgi: [
    ["gunicorn", (target) => `gunicorn --bind ${address} ${targetWord(target)}`],
    ["waitress", (target) => `waitress --listen=${address} ${calledTarget(target)}`],
  ],
  asgi: [
    ["uvicorn", (target) => `uvicorn ${hostAndPort} ${factoryTarget(target)}`],
    ["hypercorn", (target) => `hypercorn --bind ${address} ${targetWord(target)}`],
    ["daphne", (target) => `daphne --bind "$HOST" --port "$PORT" ${targetWord(target)}`],
  ],
};

/** The service of a Python project: as files for places of hosting say, else by the application in its sources. */
export function findService(repository: Repository, hosting: Hosting, environment: PythonEnvironment): Served {
  const django = findDjango(repository);
  const application = django?.application ?? findApplication(repository);
  const lines = hosting.starts.map(({ where, line }) => ({
    where,
    ...readStartLine(line, environment, application?.target),
  }));
  const said = lines.find(({ run }) => run !== undefined);
  const run = said?.run ?? (application && startOf(application, django !== undefined, environment));
  if (run === undefined) return ownService(repository, application, environment);
  const release = hosting.release && readStartLine(hosting.release.line, environment, application?.target);
  const migrate =
    release?.migrate ??
    lines.find((line) => line.migrate !== undefined)?.migrate ??
    usualMigration(repository, environment, { ...(django && { django }), ...(application && { application }) });
  const writes = writtenBeside(repository, application);
  const databases = writes.filter((path) => !path.endsWith("/"));
  const remarks = [
    ...(isDevelopment(run) ? [developmentServer] : []),
    ...(databases.length > 0 ? [`Each environment has its own ${databases.join(", ")}, from release to release.`] : []),
    ...leftSteps(said === undefined ? lines.slice(0, 1) : [said]),
  ];
  return {
    service: {
      run,
      ...(remarks.length > 0 && { remarks }),
      ...(migrate !== undefined && { migrate }),
      ...(writes.length > 0 && { writes }),
    },
    ...collectsOf(repository, django, environment),
  };
}

/** What a line does besides starting the service and changing its database, for people who have to decide. */
function leftSteps(lines: readonly (StartLine & { readonly where: string })[]): string[] {
  return lines.flatMap(({ where, left }) =>
    left.map(
      (step) =>
        `${where} also runs "${step}" before it starts: if the release needs it, make it a task with its outputs.`,
    ),
  );
}

/** A program that serves by itself, without a framework that others can start. */
function ownService(
  repository: Repository,
  application: Application | undefined,
  { python }: PythonEnvironment,
): Served {
  const own = findOwnServer(repository);
  if (own === undefined) return application === undefined ? {} : { left: notStarted(application) };
  if ("fixed" in own)
    return { left: application === undefined ? listensElsewhere(own.script) : notStarted(application) };
  const writes = writtenBeside(repository, undefined);
  return { service: { run: `${python} ${shellWord(own.script)}${own.words}`, ...(writes.length > 0 && { writes }) } };
}

function listensElsewhere(script: string): string {
  return (
    `${script} listens on a port of its own: a service has to listen on the port in PORT, so none was written. Let it use ` +
    'int(os.environ.get("PORT", "8000")), then run tidegate init --force'
  );
}

const developmentServer =
  "This is the framework's development server: the requirements name no other. Add gunicorn, waitress or uvicorn before production.";

function isDevelopment(run: string): boolean {
  return /\brunserver\b|-m flask\b/.test(run);
}

function startOf({ target, kind, importedFrom }: Application, isDjango: boolean, { python, has }: PythonEnvironment) {
  const [, call] = servers[kind].find(([module]) => has(module)) ?? [];
  const path = importedFrom === "" ? "" : `PYTHONPATH=${shellWord(importedFrom.replace(/\/$/, ""))} `;
  if (call !== undefined) return `${path}${python} -m ${call(target)}`;
  if (isDjango) return `${python} manage.py runserver --noreload ${address}`;
  if (kind === "wsgi" && has("flask"))
    return `${path}${python} -m flask --app ${targetWord(target)} run ${hostAndPort}`;
  return undefined;
}

function notStarted({ target, framework, kind }: Application): string {
  const names = servers[kind].map(([name]) => name).join(" or ");
  return `${framework} application ${target}: nothing that starts it is installed here or among its requirements: add ${names}, then run tidegate init --force`;
}

/** Others than gunicorn are told by an option that `shop:create_app()` is to be called. */
function factoryTarget(target: string): string {
  return target.endsWith("()") ? `--factory ${target.slice(0, -2)}` : target;
}

function calledTarget(target: string): string {
  return target.endsWith("()") ? `--call ${target.slice(0, -2)}` : target;
}

/** The folder that Django collects files for browsers in, when its settings name one. */
function collectsOf(
  repository: Repository,
  django: DjangoProject | undefined,
  { python }: PythonEnvironment,
): Pick<Served, "collects"> {
  if (django === undefined) return {};
  const text = repository.read(django.settingsFile);
  const folder =
    /^\s*STATIC_ROOT\s*=\s*(?:\w+\s*\/\s*|os\.path\.join\(\s*\w+\s*,\s*)["']([\w-]+)\/?["']/m.exec(text)?.[1] ??
    /^\s*STATIC_ROOT\s*=\s*["']([\w-]+)\/?["']/m.exec(text)?.[1];
  return folder === undefined
    ? {}
    : { collects: { run: `${python} manage.py collectstatic --noinput`, folder: `${folder}/` } };
}
