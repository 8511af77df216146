import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { type EnvironmentName, type TestProject, testProject } from "../support/project.ts";
import { requireProgram, unavailable } from "../support/require.ts";
import { writeFiles } from "../support/temp-folder.ts";

/** A project with these files and the definition that `init` writes for them, at ports of its own. */
async function initialised(files: Readonly<Record<string, string>>): Promise<TestProject> {
  const project = await testProject();
  for (const name of ["src", "tidegate.config.ts"]) rmSync(join(project.folder, name), { recursive: true });
  writeFiles(project.folder, files);
  await project.ok("init");
  const written = readFileSync(join(project.folder, "tidegate.config.ts"), "utf8");
  const at = (name: EnvironmentName) => `${name}: {\n      driver: local({ url: "${project.url(name)}" }),`;
  const text = written
    .replace(/staging: \{\s*driver: local\([^)]*\),/, at("staging"))
    .replace(/production: \{\s*driver: local\([^)]*\),/, `${at("production")}\n      protected: false,`);
  writeFiles(project.folder, { "tidegate.config.ts": text });
  return project;
}

async function said(project: TestProject, name: EnvironmentName, path = "/"): Promise<string> {
  const response = await fetch(new URL(path, project.url(name)), { headers: { connection: "close" } });
  return response.text();
}

/** What `init` wrote is right and ships, a second run does nothing, and a change comes and goes. */
async function holds(project: TestProject, change: () => void): Promise<void> {
  await project.ok("check");
  await project.ok("ship");
  expect(await said(project, "staging")).toContain("one");
  expect(await said(project, "production")).toContain("one");
  const again = await project.ok("run");
  expect(again.stderr).not.toContain(" ran ");
  change();
  await project.ok("ship");
  expect(await said(project, "production")).toContain("two");
  await project.ok("rollback", "production");
  expect(await said(project, "production")).toContain("one");
  expect(await said(project, "staging")).toContain("two");
}

function requireModules(context: TestContext, modules: readonly string[], packages: string): void {
  const { status } = spawnSync("/usr/bin/python3", ["-c", `import ${modules.join(", ")}`]);
  if (status !== 0) unavailable(context, `Python has not ${modules.join(", ")}: apt-get install ${packages}`);
}

const flask = (word: string) =>
  `import os\nfrom flask import Flask\n\ndef create_app():\n    app = Flask(__name__)\n    os.makedirs(app.instance_path, exist_ok=True)\n    app.add_url_rule("/", view_func=lambda: "${word}")\n    return app\n`;
const fastapi = (word: string) =>
  `from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get("/")\ndef home():\n    return "${word}"\n`;
const go = (word: string) =>
  `package main\n\nimport (\n\t"flag"\n\t"fmt"\n\t"net/http"\n)\n\nfunc main() {\n\taddr := flag.String("addr", ":8080", "")\n\tflag.Parse()\n\thttp.ListenAndServe(*addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "${word}") }))\n}\n`;

test("promise 22: a Flask application gets a definition that tests it, ships it and brings it back", async (context) => {
  requireModules(context, ["flask", "gunicorn", "pytest"], "python3-flask gunicorn python3-pytest");
  const project = await initialised({
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask", "gunicorn"]\n',
    "shop/__init__.py": flask("one"),
    "tests/test_shop.py":
      "from shop import create_app\n\ndef test_home():\n    assert create_app().test_client().get('/').status_code == 200\n",
  });
  await holds(project, () => writeFiles(project.folder, { "shop/__init__.py": flask("two") }));
});

test("promise 22: a FastAPI application does, too", async (context) => {
  requireModules(context, ["fastapi", "uvicorn"], "python3-fastapi uvicorn");
  const project = await initialised({ "requirements.txt": "fastapi\nuvicorn\n", "main.py": fastapi("one") });
  await holds(project, () => writeFiles(project.folder, { "main.py": fastapi("two") }));
});

test("promise 22: a Django project does, with the files that it collects", async (context) => {
  requireModules(context, ["django", "gunicorn"], "python3-django gunicorn");
  const views = (word: string) =>
    `from django.http import HttpResponse\nfrom django.urls import path\nurlpatterns = [path("", lambda request: HttpResponse("${word}"))]\n`;
  const project = await initialised({
    "manage.py":
      'import os, sys\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\nfrom django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n',
    "requirements.txt": "django\ngunicorn\n",
    "shop/__init__.py": "",
    "shop/settings.py":
      'from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\nSECRET_KEY = "only for this test"\nALLOWED_HOSTS = ["*"]\nROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["django.contrib.staticfiles"]\nSTATIC_URL = "static/"\nSTATICFILES_DIRS = [BASE_DIR / "assets"]\nSTATIC_ROOT = BASE_DIR / "staticfiles"\n',
    "shop/urls.py": views("one"),
    "shop/wsgi.py":
      'import os\nfrom django.core.wsgi import get_wsgi_application\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\napplication = get_wsgi_application()\n',
    "assets/a.css": "a {}",
  });
  await holds(project, () => writeFiles(project.folder, { "shop/urls.py": views("two") }));
});

test("promise 22: a Go program does, built where nothing else lies", async (context) => {
  requireProgram(context, "go", "golang-go");
  const project = await initialised({
    "go.mod": "module example.com/shop\n\ngo 1.19\n",
    "cmd/shop/main.go": go("one"),
  });
  await holds(project, () => writeFiles(project.folder, { "cmd/shop/main.go": go("two") }));
});

test("promise 22: pages without a program do, and their validators tell releases apart", async () => {
  const project = await initialised({ "index.html": "<h1>one</h1>", "css/a.css": "a {}" });
  const etag = async (path: string) =>
    (await fetch(new URL(path, project.url("staging")), { headers: { connection: "close" } })).headers.get("etag");
  await project.ok("ship");
  const before = [await etag("/"), await etag("/css/a.css")];
  await holds(project, () => writeFiles(project.folder, { "index.html": "<h1>two</h1>" }));
  const after = [await etag("/"), await etag("/css/a.css")];
  expect([after[0] === before[0], after[1]]).toEqual([false, before[1]]);
});
