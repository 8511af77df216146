import { describe, expect, it } from "vitest";
import { readToml } from "../../../src/app/init/stacks/python/toml.ts";
import { draftWith } from "./support.ts";

/** What `init` would write where python3 has these modules and lacks these requirements. */
function draft(
  files: Readonly<Record<string, string>>,
  python: { readonly modules?: readonly string[]; readonly missing?: readonly string[] } | "none" = {},
): Promise<string> {
  if (python === "none") return draftWith(files);
  const { modules = [], missing = [] } = python;
  return draftWith(files, { python3: `echo '${JSON.stringify({ modules, missing })}'` });
}

const flask = 'from flask import Flask\n\napp = Flask(__name__)\n\n@app.route("/")\ndef home():\n    return "home"\n';

describe("init in a Python project", () => {
  it("starts an application of Flask with the server that is required, from an environment that can be moved", async () => {
    const text = await draft(
      { "requirements.txt": "flask==3.0.0\ngunicorn\n", "app.py": flask, "tests/test_app.py": "import unittest\n" },
      { missing: ["flask==3.0.0"], modules: ["venv", "ensurepip"] },
    );
    expect(text).toContain(
      "python3 -m venv --copies .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt",
    );
    expect(text).toContain('outputs: [".venv/"]');
    expect(text).toContain(`run: '.venv/bin/python -m gunicorn --bind "$HOST:$PORT" app:app'`);
    expect(text).toContain('".venv/", "!.venv/lib/*/site-packages/pip/**"');
    expect(text).toContain('run: ".venv/bin/python -m unittest discover -s tests -t ."');
    expect(text).toContain('"!**/__pycache__/**"');
    expect(text).toContain("This machine's Python lacks flask==3.0.0: install gets them from a package index");
  });

  it("makes no environment where the machine has all that is required", async () => {
    const text = await draft(
      {
        "pyproject.toml": '[project]\nname = "shop"\ndependencies = [\n  "fastapi>=0.90", # the framework\n]\n',
        "shop/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "shop/__init__.py": "",
      },
      { modules: ["uvicorn"] },
    );
    expect(text).not.toContain("venv .venv");
    expect(text).toContain(`run: 'python3 -m uvicorn --host "$HOST" --port "$PORT" shop.main:app'`);
    expect(text).toContain("python3 of this machine has all that is required");
  });

  it("calls factories, and gives the folder that an application writes to each environment", async () => {
    const factory =
      "import os\nfrom flask import Flask\ndef create_app(test_config=None):\n    app = Flask(__name__)\n    os.makedirs(app.instance_path)\n    return app\n";
    const files = {
      "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["flask", "waitress"]\n',
      "shop/__init__.py": factory,
    };
    const text = await draft(files, { modules: ["waitress", "flask"] });
    expect(text).toContain(`run: 'python3 -m waitress --listen="$HOST:$PORT" --call shop:create_app'`);
    expect(text).toContain('writes: ["instance/"]');
    const gunicorn = await draft(files, { modules: ["gunicorn"] });
    expect(gunicorn).toContain(`python3 -m gunicorn --bind "$HOST:$PORT" "shop:create_app()"`.replaceAll('"', '"'));
    const bare = await draft(files, { modules: ["flask"] });
    expect(bare).toContain(`python3 -m flask --app "shop:create_app()" run --host "$HOST" --port "$PORT"`);
    expect(bare).toContain("the framework's development server");
  });

  it("follows a Procfile, with the address in it and programs as modules", async () => {
    const text = await draft(
      {
        Procfile: "web: gunicorn --workers 2 --bind 0.0.0.0:8000 shop:app\n",
        "requirements.txt": "flask\ngunicorn\n",
        "shop.py": flask,
      },
      { modules: ["gunicorn"] },
    );
    expect(text).toContain(`run: 'python3 -m gunicorn --bind "$HOST:$PORT" --workers 2 shop:app'`);
  });

  it("knows Django: migrations, collected files, and a database that no release can write to", async () => {
    const files = {
      "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
      "requirements.txt": "django\ngunicorn\n",
      "shop/settings.py":
        'import dj_database_url\nSTATIC_ROOT = BASE_DIR / "staticfiles"\nDATABASES = {"default": dj_database_url.config()}\n',
      "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
      "orders/tests.py": "from django.test import TestCase\n",
    };
    const text = await draft(files, { modules: ["gunicorn", "django"] });
    expect(text).toContain(`run: 'python3 -m gunicorn --bind "$HOST:$PORT" shop.wsgi:application'`);
    expect(text).toContain('migrate: "python3 manage.py migrate --noinput"');
    expect(text).toContain('run: "python3 manage.py collectstatic --noinput"');
    expect(text).toContain('outputs: ["staticfiles/"]');
    expect(text).toContain('run: "python3 manage.py test"');
    const sqlite = {
      ...files,
      "shop/settings.py":
        'BASE_DIR = Path(__file__).resolve().parent.parent\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3"}}',
    };
    const beside = await draft(sqlite, { modules: ["django"] });
    expect(beside).toContain('migrate: "python3 manage.py migrate --noinput"');
    expect(beside).toContain('writes: ["db.sqlite3"]');
    expect(beside).toContain("Each environment has its own db.sqlite3, from release to release.");
    expect(beside).toContain(`python3 manage.py runserver --noreload "$HOST:$PORT"`);
  });

  it.each([
    ["sqlite3.connect('./data/app.db')", 'writes: ["data/app.db"]'],
    ["sqlite3.connect('app.db')", 'writes: ["app.db"]'],
    ["sqlite3.connect(os.path.dirname(__file__) + '/app.db')", 'writes: ["app.db"]'],
    ["sqlite3.connect('/var/lib/shop/app.db')", undefined],
    ["sqlite3.connect('../app.db')", undefined],
  ])("gives each environment a database that is part of the release, as in %s", async (line, expected) => {
    const files = { "requirements.txt": "flask\ngunicorn\n", "shop.py": `${flask}\n${line}\n` };
    const text = await draft(files, { modules: ["gunicorn", "flask"] });
    if (expected === undefined) expect(text).not.toContain("writes:");
    else expect(text).toContain(expected);
  });

  it("takes the database's migration out of the line that starts the application, and what a task does already", async () => {
    const files = {
      Procfile: "web: python manage.py migrate && python manage.py collectstatic --no-input && gunicorn shop.wsgi",
      "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
      "requirements.txt": "django\ngunicorn\n",
      "shop/settings.py": "DATABASES = {}\n",
    };
    const text = await draft(files, { modules: ["gunicorn", "django"] });
    expect(text).toContain(`run: 'python3 -m gunicorn --bind "$HOST:$PORT" shop.wsgi'`);
    expect(text).toContain('migrate: "python3 manage.py migrate --noinput"');
  });

  it("leaves what stands in quotes whole: a step may be a program by itself", async () => {
    const wait = `python -c "import time; time.sleep(0) if True && 1 else ''"`;
    const files = {
      Procfile: `web: ${wait}; gunicorn --access-logformat '%(h)s; "%(r)s"' shop:app\n`,
      "requirements.txt": "flask\ngunicorn\n",
      "shop.py": flask,
    };
    const text = await draft(files, { modules: ["gunicorn", "flask"] });
    expect(text).toMatch(/python3 -m gunicorn --bind .* --access-logformat .*%\(h\)s; .*%\(r\)s.* shop:app/);
    expect(text).toContain(`Procfile also runs "${wait}" before it starts`);
  });

  it("upgrades the database of Flask-Migrate, and says which other step it has left out", async () => {
    const files = {
      Procfile: "web: flask db upgrade; flask translate compile; gunicorn shop:app\n",
      "requirements.txt": "flask\nflask-migrate\ngunicorn\n",
      "shop.py": flask,
      "config.py":
        "import os\nbasedir = os.path.abspath(os.path.dirname(__file__))\nURI = os.environ.get('DATABASE_URL') or 'sqlite:///' + os.path.join(basedir, 'app.db')\nTEST = 'sqlite:///' + os.path.join(basedir, 'test.db')\n",
      "migrations/env.py": "",
    };
    const modules = ["gunicorn", "flask", "flask_migrate"];
    const text = await draft(files, { modules });
    expect(text).toContain(`run: 'python3 -m gunicorn --bind "$HOST:$PORT" shop:app'`);
    expect(text).toContain('migrate: "FLASK_APP=shop:app python3 -m flask db upgrade"');
    expect(text).toContain('Procfile also runs "flask translate compile" before it starts');
    expect(text).toContain('writes: ["app.db"]');
    const { Procfile: _, ...unsaid } = files;
    const usual = await draft(unsaid, { modules });
    expect(usual).toContain('migrate: "FLASK_APP=shop:app python3 -m flask db upgrade"');
  });

  it("goes by the files of places of hosting, and by the Dockerfile at last", async () => {
    const main = "from fastapi import FastAPI\napi = FastAPI()\n";
    const modules = ["uvicorn", "alembic"];
    const server = `run: 'python3 -m uvicorn --host "$HOST" --port "$PORT" app.main:api'`;
    const base = { "requirements.txt": "fastapi\nuvicorn\nalembic\n", "app/main.py": main, "app/__init__.py": "" };
    const image =
      "FROM python:3.12 AS build\nFROM python:3.12\nCMD poetry run alembic upgrade head && \\\n  poetry run uvicorn --host=0.0.0.0 app.main:api\n";
    const inImage = await draft({ ...base, Dockerfile: image }, { modules });
    expect(inImage).toContain(server);
    expect(inImage).toContain('migrate: "python3 -m alembic upgrade head"');
    const render =
      "services:\n  - type: web\n    startCommand: uvicorn app.main:api --workers 2 --host 0.0.0.0 --port 80\n";
    const run = {
      "app.py": flask,
      Dockerfile: 'FROM python\nENV FLASK_APP=app\nCMD ["flask", "run", "-h", "0.0.0.0", "-p", "80"]\n',
    };
    expect(await draft(run, { modules: ["flask"] })).toContain(
      `python3 -m flask --app app:app run --host "$HOST" --port "$PORT"`,
    );
    const rendered = await draft({ ...base, Dockerfile: image, "render.yaml": render }, { modules });
    expect(rendered).toContain(`python3 -m uvicorn --host "$HOST" --port "$PORT" app.main:api --workers 2`);
    const fly = '[deploy]\n  release_command = "alembic upgrade head"\n[processes]\n  app = "uvicorn app.main:api"\n';
    const flown = await draft({ ...base, "fly.toml": fly }, { modules });
    expect(flown).toContain(server);
    expect(flown).toContain('migrate: "python3 -m alembic upgrade head"');
  });

  it("starts a server of the standard library as it is told its port, or says that it listens elsewhere", async () => {
    const server = (port: string) =>
      `import os, sys\nfrom http.server import HTTPServer\nport = ${port}\nHTTPServer(("", port), X).serve_forever()\n`;
    expect(await draft({ "server.py": server('int(os.environ["PORT"])') })).toContain('run: "python3 server.py"');
    expect(await draft({ "server.py": server("int(sys.argv[1])") })).toContain(`run: 'python3 server.py "$PORT"'`);
    const parsed = 'parser.add_argument("-p", "--port")\nserver.serve_forever()\n';
    expect(await draft({ "hello.py": parsed })).toContain(`run: 'python3 hello.py --port "$PORT"'`);
    const fixed = await draft({ "server.py": server("8000") });
    expect(fixed).not.toContain("service(");
    expect(fixed).toContain("server.py listens on a port of its own");
  });

  it("finds a project in a folder of the repository, and where its modules are imported from", async () => {
    const text = await draft(
      {
        "backend/requirements.txt": "fastapi\nuvicorn\npytest\n",
        "backend/app/main.py": "from fastapi import FastAPI\nfrom app.db import x\napp = FastAPI()\n",
        "backend/app/db.py": "",
        "backend/tests/test_a.py": "def test_a():\n    pass\n",
        "README.md": "",
      },
      { modules: ["uvicorn", "pytest"] },
    );
    expect(text).toContain(`run: 'cd backend && python3 -m uvicorn --host "$HOST" --port "$PORT" app.main:app'`);
    expect(text).toContain('run: "cd backend && python3 -m pytest -p no:cacheprovider"');
    const layout = await draft(
      {
        "pyproject.toml": '[project]\nname = "x"\n',
        "src/main.py": "from fastapi import FastAPI\nimport settings\napp = FastAPI()\n",
        "src/settings.py": "",
      },
      { modules: ["uvicorn"] },
    );
    expect(layout).toContain(`PYTHONPATH=src python3 -m uvicorn --host "$HOST" --port "$PORT" main:app`);
  });

  it("writes no task and no service that cannot run, and says why", async () => {
    const text = await draft(
      {
        "requirements.txt": "fastapi\n",
        "main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
        "test_main.py": "import pytest\n",
        ".flake8": "",
      },
      { modules: [] },
    );
    expect(text).not.toContain("service(");
    expect(text).toContain(
      "nothing that starts it is installed here or among its requirements: add uvicorn or hypercorn",
    );
    expect(text).toContain("The tests use pytest, which is neither among the requirements nor on this machine");
    expect(text).toContain("flake8 is configured, but neither among the requirements nor on this machine");
  });

  it("releases the file by which a manager of versions chooses the Python, and no other hidden one", async () => {
    const files = {
      "requirements.txt": "flask\ngunicorn\n",
      "app.py": flask,
      ".python-version": "3.14",
      ".flaskenv": "",
    };
    expect(await draft(files, { modules: ["gunicorn"] })).toContain('files: [".python-version", "app.py"');
  });

  it("goes by the manager whose lock file is there, and says when it is missing", async () => {
    const text = await draft(
      {
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["flask"]\n[dependency-groups]\ndev = ["pytest"]\n',
        "uv.lock": "",
        "tests/test_a.py": "def test_a(): pass\n",
      },
      { missing: ["flask"], modules: ["venv", "ensurepip"] },
    );
    expect(text).toContain('run: "python3 -m venv --copies .venv && uv sync --frozen --no-install-project"');
    expect(text).toContain("install needs uv, which is not on this machine");
    expect(text).toContain('run: ".venv/bin/python -m pytest -p no:cacheprovider"');
  });

  it("needs no tools of people where the tests do without them and nothing could bring them", async () => {
    const files = {
      "pyproject.toml": '[project]\nname = "x"\ndependencies = []\n[dependency-groups]\ndev = ["pytest", "tox"]\n',
      "uv.lock": "",
      "src/x/__init__.py": "",
      "tests/test_a.py": "import json\nimport pytest\nfrom x import y\n\n\ndef test_a():\n    import other\n",
    };
    const text = await draft(files, { missing: ["tox"], modules: ["json", "pytest"] });
    expect(text).toContain('run: "PYTHONPATH=src python3 -m pytest -p no:cacheprovider"');
    expect(text).toContain("has all that the project and its tests need (not tox), so no virtual environment is made");
    expect(text).not.toContain("const install");
    const lacking = await draft(files, { missing: ["tox", "pytest"], modules: ["json"] });
    expect(lacking).toContain("const install");
    const covered = { ...files, "pytest.ini": "[pytest]\naddopts = -ra --cov=x\n" };
    expect(await draft(covered, { missing: ["tox"], modules: ["json", "pytest"] })).toContain("const install");
  });

  it("says that the version which a project asks for is not there", async () => {
    const text = await draftWith(
      { "requirements.txt": "flask\n", "app.py": flask },
      { python3: "echo 'version `3.14` is not installed' >&2; exit 1" },
    );
    expect(text).toContain("python3 does not start here: version `3.14` is not installed");
  });

  it("says what is missing where there is no Python at all", async () => {
    const text = await draft({ "requirements.txt": "flask\n", "app.py": flask }, "none");
    expect(text).toContain("install needs python3, which is not on this machine");
  });
});

it("as much of TOML is read as projects say of themselves", () => {
  const tables = readToml(
    [
      "# a comment",
      "[project]",
      'name = "shop" # its name',
      "dependencies = [",
      '  "a>=1; python_version < \'3.9\'", # "not this"',
      "  'b[x,y]',",
      "]",
      "[project.optional-dependencies]",
      'test = ["c # d"]',
      "[tool.poetry.dependencies]",
      'python = "^3.9"',
      'flask = { version = "^2", extras = ["async"] }',
    ].join("\n"),
  );
  expect(tables.get("project")?.get("name")).toBe("shop");
  expect(tables.get("project")?.get("dependencies")).toEqual(["a>=1; python_version < '3.9'", "b[x,y]"]);
  expect(tables.get("project.optional-dependencies")?.get("test")).toEqual(["c # d"]);
  expect([...tables.get("tool.poetry.dependencies")!.keys()]).toEqual(["python", "flask"]);
});
