import { posix } from "node:path";
import { isSameFile } from "../reports/locate-failure.ts";
import { projectPath } from "../reports/source-names.ts";
import type { TestResult } from "../reports/test-result.ts";

/**
 * Finds which of a task's test files a test stands in. Reports name files in many ways: absolute, relative to another
 * folder, as a module (`tests.test_sum.TestGroup`), or not at all.
 */
export class TestFiles {
  readonly #projectFolder: string;
  /** By their last name. */
  readonly #files: ReadonlyMap<string, readonly string[]>;
  readonly #modules: ReadonlyMap<string, string>;

  /** `files`: relative to the project; empty when the task does not say. `folder`: where its command runs. */
  constructor(projectFolder: string, files: readonly string[], folder = "") {
    this.#projectFolder = projectFolder;
    this.#files = Map.groupBy(files, (file) => posix.basename(file));
    this.#modules = new Map(files.map((file) => [moduleOf(withoutFolder(file, folder)), file]));
  }

  /**
   * One of the task's files, `undefined` when it cannot be told. The same whether the test passes or fails: it is part of
   * the test's identity.
   */
  find({ file, name }: TestResult): string | undefined {
    const [suite = ""] = name.split(" › ", 1);
    return (file === undefined ? undefined : this.#byPath(file)) ?? this.#byPath(suite) ?? this.#byModule(suite);
  }

  /** The same of a test that failed; then the place of the failure may tell. */
  findFailed(test: TestResult): string | undefined {
    return this.find(test) ?? (test.place === undefined ? undefined : this.#byPath(test.place.file));
  }

  #byPath(declared: string): string | undefined {
    const path = projectPath(this.#projectFolder, declared);
    const alike = this.#files.get(posix.basename(path)) ?? [];
    if (alike.includes(path)) return path;
    const same = alike.filter((file) => isSameFile(file, path));
    return same.length === 1 ? same[0] : undefined;
  }

  #byModule(suite: string): string | undefined {
    for (let module = suite; module !== ""; module = module.slice(0, Math.max(0, module.lastIndexOf(".")))) {
      const found = this.#modules.get(module);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function withoutFolder(file: string, folder: string): string {
  return folder !== "" && file.startsWith(`${folder}/`) ? file.slice(folder.length + 1) : file;
}

/** `tests/test_sum.py` → `tests.test_sum`; `spec/a_spec.rb` → `spec.a_spec`. */
function moduleOf(file: string): string {
  return file.replace(/\.\w+$/, "").replaceAll("/", ".");
}
