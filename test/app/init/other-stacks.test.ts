import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { detect } from "../../../src/app/init/detect.ts";
import { readDockerfile } from "../../../src/app/init/dockerfile.ts";
import { readRepository } from "../../../src/app/init/repository.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { draftWith } from "./support.ts";

describe("init with a site that needs no program", () => {
  it("serves the folder that holds it", async () => {
    const text = await draftWith({ "public/index.html": "", "public/a.css": "", "README.md": "" });
    expect(text).toContain('const web = staticSite({\n  folder: "public/",\n});');
    expect(text).toContain("pipeline: {},");
    expect(text).not.toContain("hello");
  });

  it("at the top of the repository takes only what is of the site", async () => {
    const text = await draftWith({
      "index.html": "",
      "css/a.css": "",
      "js/a.js": "",
      "scripts/deploy.sh": "",
      "notes/plan.md": "",
      ".env": "KEY=1",
      Makefile: "",
    });
    expect(text).toContain('folder: "./",\n  files: ["css/**", "index.html", "js/**"],');
  });

  it("is built where a maker of sites is known, and says when that is missing", async () => {
    const files = { "mkdocs.yml": "site_name: x\n", "docs/index.md": "" };
    const text = await draftWith(files, { mkdocs: "true" });
    expect(text).toContain('run: "mkdocs build --strict"');
    expect(text).toContain('folder: "site/"');
    expect(await draftWith(files)).toContain("build needs mkdocs, which is not on this machine");
  });

  it("is left to a program that is there, and two programs do not take the same requests", async () => {
    const text = await draftWith(
      {
        "go.mod": "module example.com/shop\n",
        "main.go": 'package main\n\nfunc main() { http.ListenAndServe(os.Getenv("PORT"), nil) }\n',
        "public/index.html": "",
        "requirements.txt": "flask\ngunicorn\n",
        "app.py": "from flask import Flask\napp = Flask(__name__)\n",
      },
      { python3: `echo '{"modules": ["gunicorn"], "missing": []}'`, go: "echo go1.24" },
    );
    expect(text).not.toContain("staticSite");
    expect(text).toContain("const web = service(");
    expect(text).toContain("const go2 = service(".replace("2", ""));
    expect(text).toContain('host: "go"');
  });
});

it("a frontend and a backend below a folder of services are both found, each with an address", async () => {
  const text = await draftWith(
    {
      "docker-compose.yml": "",
      "services/frontend/package.json":
        '{ "name": "front", "scripts": { "build": "vite build" }, "devDependencies": { "vite": "1" } }',
      "services/frontend/package-lock.json": "{}",
      "services/frontend/index.html": "",
      "services/frontend/vite.config.js": "",
      "services/back_end/requirements.txt": "fastapi\nuvicorn\n",
      "services/back_end/src/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
    },
    { python3: `echo '{"modules": ["uvicorn"], "missing": []}'` },
  );
  expect(text).toContain('run: "cd services/frontend && npm ci"');
  expect(text).toContain('folder: "services/frontend/dist/"');
  expect(text).toContain("cd services/back_end && PYTHONPATH=src python3 -m uvicorn");
  expect(text).toContain('host: "services-back-end"');
});

it("a backend in another language beside a workspace of packages is found, too", async () => {
  const text = await draftWith(
    {
      "package.json": '{ "name": "shop", "workspaces": ["frontend"] }',
      "package-lock.json": "{}",
      "frontend/package.json": '{ "name": "frontend", "scripts": { "build": "vite build" } }',
      "backend/requirements.txt": "fastapi\nuvicorn\n",
      "backend/main.py": "from fastapi import FastAPI\napp = FastAPI()\n",
      "backend/test_main.py": "import unittest\n",
    },
    { python3: `echo '{"modules": ["uvicorn"], "missing": []}'` },
  );
  expect(text).toContain("const packages = workspace(");
  expect(text).toContain('run: "cd backend && python3 -m unittest discover"');
  expect(text).toContain("cd backend && python3 -m uvicorn");
});

it("what git tracks is no output of a backend either, as outputs are removed before each run", async () => {
  const folder = tempFolder({
    "package.json": '{ "name": "shop", "workspaces": ["frontend"] }',
    "frontend/package.json": '{ "name": "frontend", "scripts": { "build": "vite build" } }',
    "backend/requirements.txt": "django\ngunicorn\n",
    "backend/manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
    "backend/shop/settings.py": 'STATIC_ROOT = BASE_DIR / "staticfiles"\n',
    "backend/shop/wsgi.py": "application = get_wsgi_application()\n",
    "backend/staticfiles/a.css": "",
  });
  for (const words of [
    ["init", "-q"],
    ["add", "."],
  ])
    execFileSync("git", words, { cwd: folder });
  const { tasks, left } = await detect(readRepository(folder), folder, process.env);
  expect(tasks.find(({ name }) => name === "backendStatic")).not.toHaveProperty("outputs");
  expect(left).toContainEqual({
    where: "backendStatic: outputs",
    why: '"backend/staticfiles/": git tracks backend/staticfiles/a.css, and outputs are removed before each run',
  });
});

it("what an image starts is the service, where its program is here and the port can be chosen", async () => {
  const image = (rest: string) => ({ Dockerfile: `FROM ruby\nWORKDIR /app\nCOPY . .\n${rest}\n`, "app.rb": "serve" });
  const ruby = { ruby: "true" };
  const text = await draftWith(image('EXPOSE 4567\nCMD ["ruby", "/app/app.rb", "-o", "0.0.0.0", "-p", "4567"]'), ruby);
  expect(text).toContain(`run: 'ruby app.rb -o "$HOST" -p "$PORT"'`);
  expect(text).toContain("The Dockerfile is not used");
  expect(text).not.toContain("docker build");
  const bound = await draftWith(image("EXPOSE 80\nCMD ruby app.rb --bind=0.0.0.0:80"), ruby);
  expect(bound).toContain(`run: 'ruby app.rb --bind="$HOST:$PORT"'`);
  const fixed = await draftWith(image('CMD ["ruby", "app.rb"]'), ruby);
  expect(fixed).toContain("docker build");
  const forShell = await draftWith(image("EXPOSE 80\nCMD ruby app.rb --name 'a shop' --port 80"), ruby);
  expect(forShell).toContain("docker build");
  expect(await draftWith(image('EXPOSE 80\nCMD ["ruby", "app.rb", "80"]'))).toContain("docker build");
});

it("a Dockerfile is read for its last stage", () => {
  const folder = tempFolder({
    Dockerfile: [
      "FROM node AS build",
      "ENV A=wrong",
      'CMD ["wrong"]',
      "FROM debian",
      "ENV MODE=fast \\\n    NAME='two words'",
      "ENV OLD of before",
      "WORKDIR /srv",
      'ENTRYPOINT ["./serve"]',
      'CMD ["--port", "80"]',
      "EXPOSE 80/tcp",
    ].join("\n"),
  });
  expect(readDockerfile(readRepository(folder))).toEqual({
    command: ["./serve", "--port", "80"],
    port: "80",
    folder: "/srv",
    variables: { MODE: "fast", NAME: "two words", OLD: "of before" },
  });
});
