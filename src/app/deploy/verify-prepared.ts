import { observer } from "../../agent/drivers.ts";
import { explainDeviation, isAsItWas } from "../../drivers/deviation.ts";
import type { Deviation } from "../../drivers/driver.ts";
import type { Failure } from "../../errors/failure.ts";
import { shortDigest } from "../../errors/quantities.ts";
import { failed, ok, type Result } from "../../errors/result.ts";
import { releaseContent } from "../../release/content.ts";
import type { Session } from "../session.ts";

/** Looks at what environments run releases from: fails with each file that was added, changed or removed there. */
export async function verifyPrepared(
  { store, stateFolder, blobs }: Session,
  releases: readonly string[],
): Promise<Result<void>> {
  const environments = await store.environments();
  if (!environments.ok) return environments;
  const contents = await Promise.all(releases.map((release) => releaseContent(release, blobs)));
  const driver = observer(stateFolder, store);
  const failures: Failure[] = [];
  for (const { name } of environments.value) {
    // One whose content is damaged was told already.
    for (const content of contents.flatMap((one) => (one.ok ? [one.value] : []))) {
      const verified = await driver.verify(name, content);
      if (!verified.ok) failures.push(...verified.failures);
      else if (verified.value !== undefined && !isAsItWas(verified.value))
        failures.push(deviates(name, content.digest, verified.value));
    }
  }
  return failures.length > 0 ? failed(...failures) : ok();
}

function deviates(environment: string, release: string, deviation: Deviation): Failure {
  return {
    code: "release-damaged",
    message: `Release ${shortDigest(release)} has changed where ${environment} runs it`,
    cause: explainDeviation(deviation),
    hint: `What is running keeps running. It is unpacked again before anything else starts from it: tidegate deploy ${environment}`,
  };
}
