import { TurnTaker } from "../concurrency/turn-taker.ts";
import { type Failed, failed, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import type { ResourceContext, ResourceProvider, Snapshots } from "./resource.ts";

/**
 * What every provider is used through. Of one resource of one environment nothing is made, connected to or planned twice at a
 * time, and nothing is saved or tried twice at a time; but who connects or makes never waits for who saves, which may take
 * hours. A restore and a removal have it to themselves. Once a note could not be written (another writer has the environment,
 * the disk is full) the work is given up, whatever the provider makes of it: that failure is how it ended. What the disk
 * refuses is a failure, and so is whatever else a provider throws.
 */
export function careful(provider: ResourceProvider): ResourceProvider {
  const [uses, saves] = [new TurnTaker(), new TurnTaker()];
  const using: InTurn = (name, context, work) => uses.take(keyOf(name, context), () => guarded(name, context, work));
  const saving: InTurn = (name, context, work) => saves.take(keyOf(name, context), () => guarded(name, context, work));
  // In this order everywhere: nobody waits in a circle.
  const alone: InTurn = (name, context, work) => uses.take(keyOf(name, context), () => saving(name, context, work));
  const { snapshots, plan, recall, reset, versionsHere, tend, rest } = provider;
  return {
    kind: provider.kind,
    create: (spec, context) => using(spec.name, context, (own) => provider.create(spec, own)),
    connect: (spec, context) => using(spec.name, context, (own) => provider.connect(spec, own)),
    // A look waits for nobody: it is also there to see what goes on.
    observe: (spec, context, depth) => guarded(spec.name, context, (own) => provider.observe(spec, own, depth)),
    mending: (spec, at) => provider.mending(spec, at),
    destroy: (spec, context) => alone(spec.name, context, (own) => provider.destroy(spec, own)),
    ...(snapshots && { snapshots: carefulSnapshots(snapshots, { saving, alone }) }),
    ...(plan && { plan: (spec, context) => using(spec.name, context, (own) => plan.call(provider, spec, own)) }),
    ...(reset && { reset: (spec, context) => using(spec.name, context, (own) => reset.call(provider, spec, own)) }),
    ...(recall && {
      recall: (spec, context) => guarded(spec.name, context, (own) => recall.call(provider, spec, own)),
    }),
    ...(versionsHere && { versionsHere: () => versionsHere.call(provider) }),
    ...(tend && { tend: (host, needs) => tend.call(provider, host, needs) }),
    ...(rest && { rest: (host) => rest.call(provider, host) }),
  };
}

type InTurn = <T>(
  name: string,
  context: ResourceContext,
  work: (context: ResourceContext) => Promise<Result<T>>,
) => Promise<Result<T>>;

function keyOf(name: string, { environment }: ResourceContext): string {
  return `${environment}/${name}`;
}

function carefulSnapshots(
  snapshots: Snapshots,
  { saving, alone }: { readonly saving: InTurn; readonly alone: InTurn },
): Snapshots {
  const { copyTo } = snapshots;
  return {
    take: (spec, context, name) => saving(spec.name, context, (own) => snapshots.take(spec, own, name)),
    restore: (spec, context, one) => alone(spec.name, context, (own) => snapshots.restore(spec, own, one)),
    rehearse: (spec, context, one) => saving(spec.name, context, (own) => snapshots.rehearse(spec, own, one)),
    forget: (spec, context, place) => saving(spec.name, context, (own) => snapshots.forget(spec, own, place)),
    ...(copyTo && {
      copyTo: (spec, context, one, folder) =>
        saving(spec.name, context, (own) => copyTo.call(snapshots, spec, own, one, folder)),
    }),
  };
}

async function guarded<T>(
  name: string,
  context: ResourceContext,
  work: (context: ResourceContext) => Promise<Result<T>>,
): Promise<Result<T>> {
  const over = new AbortController();
  let refused: Failed | undefined;
  const note: ResourceContext["note"] = async (made) => {
    const noted = refused ?? (await context.note(made));
    if (noted.ok) return noted;
    refused = noted;
    over.abort();
    return noted;
  };
  try {
    const done = await work({ ...context, note, signal: AbortSignal.any([context.signal, over.signal]) });
    return refused ?? done;
  } catch (error) {
    return refused ?? failed(fileFailure(error) ?? thrown(name, context.environment, error));
  }
}

function thrown(name: string, environment: string, error: unknown) {
  return {
    code: "resource-failed",
    message: `The resource ${name} of ${environment} could not be handled`,
    cause: error instanceof Error ? error.message : String(error),
    hint: "The next command finishes or reverts what was begun. See: tidegate doctor",
  } as const;
}
