import type { Repository } from "../../repository.ts";
import { sourceFiles } from "../../source-files.ts";

/** The files of a project's tests. */
export function testFiles(repository: Repository): string[] {
  return sourceFiles(repository, (path) => /(^|\/)(test_[^/]*|[^/]*_test|tests|conftest)\.py$/.test(path));
}

const plugins = [
  ["--cov", "pytest_cov"],
  ["asyncio_mode", "pytest_asyncio"],
  ["--timeout", "pytest_timeout"],
  ["-n auto", "xdist"],
] as const;

/**
 * The modules that tests need and the project has not itself: what they import at the left margin, and what pytest is told
 * to load. Of a project without tests none.
 */
export function testImports(repository: Repository): string[] {
  const files = testFiles(repository);
  const own = new Set(
    sourceFiles(repository, (path) => path.endsWith(".py")).flatMap((path) => path.replace(/\.py$/, "").split("/")),
  );
  const imported = files.flatMap((file) =>
    [...repository.read(file).matchAll(/^(?:import|from)[ \t]+([A-Za-z_]\w*)/gm)].map(([, name]) => name!),
  );
  const settings = ["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini"]
    .map((file) => repository.read(file))
    .join("\n");
  const loaded = plugins.flatMap(([option, module]) =>
    new RegExp(`^\\s*(addopts|asyncio_mode)\\b[^\\n]*(\\n[ \\t"'-][^\\n]*)*?${option}`, "m").test(settings)
      ? [module]
      : [],
  );
  return [...new Set([...imported.filter((name) => !own.has(name)), ...(files.length > 0 ? loaded : [])])].sort();
}

/** The linters that the project has settings for. */
export function configuredLinters(repository: Repository): ("ruff" | "flake8" | "mypy")[] {
  const [project, ...others] = ["pyproject.toml", "setup.cfg", "tox.ini"].map((file) => repository.read(file));
  const setup = others.join("\n");
  const isThere = (...files: readonly string[]) => files.some((file) => repository.has(file));
  const configured = {
    ruff: isThere("ruff.toml", ".ruff.toml") || /^\[tool\.ruff/m.test(project!),
    flake8: isThere(".flake8") || /^\[flake8\]/m.test(setup),
    mypy: isThere("mypy.ini") || /^\[tool\.mypy\]/m.test(project!) || /^\[mypy\]/m.test(setup),
  };
  return (["ruff", "flake8", "mypy"] as const).filter((tool) => configured[tool]);
}
