import type { StackDraft } from "../draft.ts";
import type { Repository } from "../repository.ts";
import { sourcePatterns } from "../sources.ts";

/** Cargo. `target/` is its own cache and is left to it; only a program that is built is an output. */
export function rustStack(repository: Repository): StackDraft | undefined {
  if (!repository.has("Cargo.toml")) return undefined;
  const manifest = repository.read("Cargo.toml");
  const name = /^\[package\][^[]*?^name\s*=\s*"([^"]+)"/ms.exec(manifest)?.[1];
  const locked = repository.has("Cargo.lock") ? " --locked" : "";
  const isProgram = name !== undefined && repository.has("src/main.rs") && !/^\[\[bin\]\]/m.test(manifest);
  const inputs = sourcePatterns(repository, { withTests: true });
  return {
    found: "Rust (Cargo)",
    ...(name === undefined ? {} : { name }),
    tasks: [
      {
        name: "build",
        run: `cargo build --release${locked}`,
        inputs,
        ...(isProgram ? { outputs: [`target/release/${name}`] } : {}),
      },
      { name: "test", run: `cargo test${locked}`, inputs, stage: "verify" },
    ],
  };
}
