import { codeStyle } from "./code-style.ts";
import { isInProgramme } from "./programme.ts";
import type { Repository } from "./repository.ts";

/** The file that `init` writes. */
export const definitionName = "tidegate.config.ts";

/** Where the definition goes, and what it needs to be left alone there. */
export interface DefinitionPlace {
  /** Relative to the project. */
  readonly path: string;
  /** Its first lines: comments for the project's own tools. */
  readonly header: readonly string[];
  /** Files that stand beside it, relative to the project. */
  readonly beside: readonly { readonly path: string; readonly text: string }[];
}

/**
 * At the root, or in `.config/` where one of the project's own tools would take it for one of the sources: TypeScript's
 * wildcards never match a folder that begins with a dot, nor do ESLint's older settings. Its newer ones do; they hardly
 * ever ask for `.mts`, and what they ask of every file is answered here.
 */
export function definitionPlace(repository: Repository): DefinitionPlace {
  const flat = repository.entries.find((entry) => flatSettings.test(entry));
  if (flat === undefined && !isPickedUp(repository)) return { path: definitionName, header: [], beside: [] };
  const path = ".config/tidegate.config.mts";
  if (flat === undefined) return { path, header: [], beside: [] };
  const isTyped = /projectService|project:\s*true/.test(repository.read(flat));
  const beside =
    isTyped && !repository.has(besidePath)
      ? [{ path: besidePath, text: programme.replaceAll("  ", codeStyle(repository).indent) }]
      : [];
  return { path, header: unlinted, beside };
}

const flatSettings = /^eslint\.config\.[cm]?[jt]s$/;

/** A directive that suppresses nothing is a warning of its own; so there is always one thing to suppress. */
const unlinted = ['/* eslint max-lines: ["warn", 1] */', "/* eslint-disable */"];

const besidePath = ".config/tsconfig.json";

/** ESLint's typed rules refuse a file that is in no programme. */
const programme = `{
  "compilerOptions": {
    "module": "esnext",
    "moduleResolution": "bundler",
    "noEmit": true,
    "strict": true
  },
  "include": ["*.mts"]
}
`;

const oldSettings = /^\.eslintrc(\.[a-z]+)?$/;

/** It lints whatever is TypeScript, but looks into no folder that begins with a dot. */
function usesXo(repository: Repository): boolean {
  const { devDependencies } = repository.readJson("package.json");
  return typeof devDependencies === "object" && devDependencies !== null && Object.hasOwn(devDependencies, "xo");
}

function isPickedUp(repository: Repository): boolean {
  if (
    repository.entries.some((entry) => oldSettings.test(entry)) ||
    "eslintConfig" in repository.readJson("package.json") ||
    usesXo(repository)
  )
    return true;
  const programmes = repository.entries.filter((entry) => /^tsconfig(\..+)?\.json$/.test(entry));
  return programmes.some((file) => isInProgramme(repository, file, definitionName));
}
