import { failed, ok, type Result } from "../../errors/result.ts";
import type { Ended } from "../../rollout/rollout-state.ts";

/** A deployment that did not end with its release serving has failed, whatever serves now. */
export function outcomeOf(ended: Result<Ended>): Result<void> {
  if (!ended.ok) return ended;
  const { outcome, failures } = ended.value;
  if (outcome === "deployed") return ok();
  if (outcome === "reverted" || outcome === "frozen") return failed(...failures);
  return failed(
    {
      code: "deployment-stuck",
      message: "The deployment failed and could not be reverted completely; what still serves was left alone",
      hint: "See what is serving: tidegate status. Then deploy a good release.",
    },
    ...failures,
  );
}

/** Whoever asks for a deployment to be taken back has what they want when it was. */
export function outcomeOfAbort(environment: string, ended: Result<Ended>): Result<void> {
  if (!ended.ok || ended.value.outcome === "stuck" || ended.value.outcome === "frozen") return outcomeOf(ended);
  if (ended.value.outcome === "reverted") return ok();
  return failed({
    code: "nothing-under-way",
    message: `The deployment to ${environment} had already finished: its release is serving`,
    hint: `Go back to the one before: tidegate rollback ${environment}`,
  });
}
