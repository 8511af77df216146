import { TurnTaker } from "../concurrency/turn-taker.ts";
import { type Failed, failed, type Result } from "../errors/result.ts";
import { fileFailure } from "../files/file-failure.ts";
import type { ResourceContext, ResourceProvider, Snapshots } from "./resource.ts";

/**
 * What every provider is used through. What concerns one resource of one environment happens one after the other. Once a note
 * could not be written (another writer has the environment, the disk is full) the work is given up, whatever the provider makes
 * of it: that failure is how it ended. What the disk refuses is a failure, and so is whatever else a provider throws.
 */
export function careful(provider: ResourceProvider): ResourceProvider {
  const turns = new TurnTaker();
  const inTurn = <T>(name: string, context: ResourceContext, work: (context: ResourceContext) => Promise<Result<T>>) =>
    turns.take(`${context.environment}/${name}`, () => guarded(name, context, work));
  const { snapshots, plan, reset, tend, rest } = provider;
  return {
    kind: provider.kind,
    create: (spec, context) => inTurn(spec.name, context, (own) => provider.create(spec, own)),
    connect: (spec, context) => inTurn(spec.name, context, (own) => provider.connect(spec, own)),
    // A look waits for nobody: it is also there to see what goes on.
    observe: (spec, context, depth) => guarded(spec.name, context, (own) => provider.observe(spec, own, depth)),
    mending: (spec, at) => provider.mending(spec, at),
    destroy: (spec, context) => inTurn(spec.name, context, (own) => provider.destroy(spec, own)),
    ...(snapshots && { snapshots: carefulSnapshots(snapshots, inTurn) }),
    ...(plan && { plan: (spec, context) => inTurn(spec.name, context, (own) => plan.call(provider, spec, own)) }),
    ...(reset && { reset: (spec, context) => inTurn(spec.name, context, (own) => reset.call(provider, spec, own)) }),
    ...(tend && { tend: (host, report, signal) => tend.call(provider, host, report, signal) }),
    ...(rest && { rest: (host) => rest.call(provider, host) }),
  };
}

type InTurn = <T>(
  name: string,
  context: ResourceContext,
  work: (context: ResourceContext) => Promise<Result<T>>,
) => Promise<Result<T>>;

function carefulSnapshots(snapshots: Snapshots, inTurn: InTurn): Snapshots {
  const { copyTo } = snapshots;
  return {
    size: (spec, context) => inTurn(spec.name, context, (own) => snapshots.size(spec, own)),
    take: (spec, context, name) => inTurn(spec.name, context, (own) => snapshots.take(spec, own, name)),
    restore: (spec, context, one) => inTurn(spec.name, context, (own) => snapshots.restore(spec, own, one)),
    rehearse: (spec, context, one) => inTurn(spec.name, context, (own) => snapshots.rehearse(spec, own, one)),
    forget: (spec, context, place) => inTurn(spec.name, context, (own) => snapshots.forget(spec, own, place)),
    ...(copyTo && {
      copyTo: (spec, context, one, folder) =>
        inTurn(spec.name, context, (own) => copyTo.call(snapshots, spec, own, one, folder)),
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
    message: `The resource ${name} of ${environment} could not be dealt with`,
    cause: error instanceof Error ? error.message : String(error),
    hint: "What was begun is finished or taken back by the next command. See: tidegate doctor",
  } as const;
}
