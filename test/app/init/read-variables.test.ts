import { expect, test } from "vitest";
import { dotenvFiles, variablesRead } from "../../../src/app/init/read-variables.ts";
import { readRepository } from "../../../src/app/init/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("variables that the sources ask for are found in every language, without those that are given anyway", () => {
  const folder = tempFolder({
    "src/a.ts": 'process.env.DATABASE_URL; process.env["API_KEY"]; process.env.PORT; process.env.NODE_ENV;',
    "app.py": "os.environ['SECRET_KEY']; os.environ.get(\"LEVEL\", 1); os.getenv('MAIL')",
    "main.go": 'os.Getenv("TOKEN"); os.LookupEnv("TOKEN"); os.Getenv("HOME")',
    "test/a.test.ts": "process.env.ONLY_IN_TESTS",
    "node_modules/x/a.js": "process.env.OF_A_PACKAGE",
    "vite.config.ts": "process.env.OF_A_TOOL",
  });
  expect(variablesRead(readRepository(folder))).toEqual([
    { name: "API_KEY", isSecret: true },
    { name: "DATABASE_URL", isSecret: true },
    { name: "LEVEL", isSecret: false },
    { name: "MAIL", isSecret: false },
    { name: "SECRET_KEY", isSecret: true },
    { name: "TOKEN", isSecret: true },
  ]);
});

test("dotenv files are offered when they say something, examples first", () => {
  const folder = tempFolder({ ".env": "A=1", ".env.example": "# A=\nA=", ".env.sample": "# nothing" });
  expect(dotenvFiles(readRepository(folder))).toEqual([".env.example", ".env"]);
});
