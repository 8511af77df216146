import { failed, ok, type Result } from "../../errors/result.ts";
import { makeFolder } from "../../files/make-folder.ts";
import type { Instance, InstanceSpec } from "../driver.ts";
import { type Begun, begin } from "./begin.ts";
import type { Context } from "./context.ts";
import { copyPlace } from "./copies/copy-paths.ts";
import { fence } from "./fence.ts";
import { type Home, newNonce, processFolder } from "./home.ts";
import { loopback, portsGiven, toInstance } from "./instances.ts";
import { endAll, survivedFailure } from "./leftovers.ts";
import { canEnter, removeGroups, withLimit } from "./limits/limit-groups.ts";
import { lastLinesOf, logFiles } from "./output/log-files.ts";
import { type ProcessRecord, readRecord, updateRecord, writeRecord } from "./record.ts";
import { settle } from "./settle.ts";
import { startedWith } from "./started-with.ts";

/** What a crashed instance left behind gets this long to end, before the instance is started anew. */
const leftoverGraceMs = 1_000;

/** Makes an instance run, unless it does; adopts one whose starter was killed. */
export async function startInstance(context: Context, spec: InstanceSpec, token: number): Promise<Result<Instance>> {
  const { home, children, output } = context;
  const refused = fence(home, spec.environment, token);
  if (refused !== undefined) return failed(refused);
  const known = readRecord(home, "instances", spec.environment, spec.id);
  if (!known.ok && known.failures.some(({ code }) => code === "state-newer")) return known;
  // A damaged record is replaced: whatever it was about is found by its mark and ended first.
  const record = known.ok ? known.value : undefined;
  const progress = record && (await settle(home, "instances", record, children));
  if (record !== undefined && progress?.state === "running") return ok(toInstance(record, progress));
  const name = { kind: "instances", environment: spec.environment, id: spec.id } as const;
  if ((await endAll(home, name, record, leftoverGraceMs)) === "survived")
    return failed(survivedFailure(spec.environment, spec.id));
  await output.finish(home, name);
  await removeGroups(record?.instance?.group);
  if (record !== undefined) children.forget(record.nonce);
  return startAnew(context, spec, token);
}

async function startAnew(context: Context, spec: InstanceSpec, token: number): Promise<Result<Instance>> {
  const { home, ports, copies } = context;
  const directory = await copies.folder(home, spec.environment, spec.release);
  if (!directory.ok) return directory;
  const { data } = copyPlace(home, spec.environment);
  makeFolder(data);
  const port = spec.listens ? await ports.pick(portsGiven(home)) : null;
  if (port === undefined) return noPort(spec);
  // Time has passed: another writer may have come.
  const refused = fence(home, spec.environment, token);
  if (refused !== undefined) return failed(refused);
  const record = limited(context, spec, intent(context, spec, token, port));
  const own = { TIDEGATE_DATA_DIR: data, ...(port === null ? {} : { PORT: String(port), HOST: loopback }) };
  const begun = await begin({ ...context, kind: "instances", record, spec, own, directory: directory.value });
  if (begun.begun === "refused") return failed(begun.failure);
  if (begun.begun) return attend(context, begun);
  await removeGroups(record.instance?.group);
  return notStarted(home, spec, begun.reason);
}

function intent({ home, now, digest }: Context, spec: InstanceSpec, token: number, port: number | null): ProcessRecord {
  const { environment, id, service, release, deployment } = spec;
  return {
    version: 1,
    home: home.folder,
    environment,
    id,
    nonce: newNonce(home),
    token,
    startedAt: now(),
    instance: { service, release, deployment, port, ...(digest && { startedWith: startedWith(spec, digest) }) },
    progress: { state: "starting" },
  };
}

/** The same with the groups that hold it to its limits, which are made; as it is when it has none that can be kept. */
function limited({ home, groups }: Context, spec: InstanceSpec, record: ProcessRecord): ProcessRecord {
  const group = canEnter(spec.env) ? groups.planned(record.nonce, spec.limits) : undefined;
  if (group === undefined) return record;
  const noted = { ...record, instance: { ...record.instance!, group } };
  // Before they are made: whoever ends it must find them.
  writeRecord(home, "instances", noted);
  return groups.make(group) ? noted : record;
}

function attend({ home, children, changed }: Context, begun: Extract<Begun, { begun: true }>): Result<Instance> {
  const { record, launched } = begun;
  const { group } = record.instance!;
  const exited = launched.exited.then((exit) => withLimit(exit, group));
  children.add(record.nonce, exited);
  void exited.then((exit) => {
    updateRecord(home, "instances", { ...record, progress: { state: "ended", process: launched.process, exit } });
    changed(record.environment);
    return removeGroups(group);
  });
  changed(record.environment);
  return ok(toInstance(record, { state: "running", process: launched.process }));
}

function notStarted(home: Home, spec: InstanceSpec, reason: string): Result<Instance> {
  return failed({
    code: "instance-exited",
    message: `${spec.id} in ${spec.environment} could not be started: ${reason}`,
    cause: lastLinesOf(logFiles(processFolder(home, "instances", spec.environment, spec.id)), 5)
      .toString()
      .trimEnd(),
    hint: "Check `run` of the service, and that the program is in the release or on the PATH of this machine.",
  });
}

function noPort(spec: InstanceSpec): Result<Instance> {
  return failed({
    code: "port-in-use",
    message: `There is no free port for ${spec.id} in ${spec.environment}`,
    hint: "Stop something that is listening on this machine (`ss -ltn` shows what), then try again.",
  });
}
