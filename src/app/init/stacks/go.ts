import type { StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

/** Go modules. The compiler has a cache of its own, so that building writes nothing into the project. */
export function goStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("go.mod")) return undefined;
  const module = /^module\s+(\S+)/m.exec(repository.read("go.mod"))?.[1]?.split("/");
  const name = /^v\d+$/.test(module?.at(-1) ?? "") ? module?.at(-2) : module?.at(-1);
  const inputs = sourcePatterns(repository, { withTests: true });
  return {
    found: "Go",
    ...(name === undefined ? {} : { name }),
    tasks: [
      { name: "vet", run: "go vet ./...", inputs, stage: "verify" },
      { name: "build", run: "go build ./...", inputs },
      { name: "test", run: "go test ./...", needs: ["build"], inputs, stage: "verify" },
    ],
  };
}
