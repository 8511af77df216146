import type { StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";

/** A Dockerfile: the image is built last. It lives in Docker, where no fingerprint sees it. */
export function dockerStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("Dockerfile")) return undefined;
  const tag =
    repository.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "") || "image";
  return {
    found: "Dockerfile",
    tasks: [
      {
        name: "image",
        run: `docker build --tag ${tag} .`,
        stage: "package",
        uncached: "the image is not a file of the project; Docker has its own cache",
      },
    ],
  };
}
