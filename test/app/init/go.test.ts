import { describe, expect, it } from "vitest";
import { howItListens } from "../../../src/app/init/stacks/go/listen.ts";
import { draftWith } from "./support.ts";

const go = { go: "echo go version go1.24.1 linux/amd64" };
const listening = (rest: string) =>
  `package main\n\nimport "net/http"\n\nfunc main() {\n\t${rest}\n\thttp.ListenAndServe(addr, nil)\n}\n`;

describe("init in a Go project", () => {
  it("builds programs into a folder of their own, and starts the one that listens, with its flag", async () => {
    const text = await draftWith(
      {
        "go.mod": "module example.com/acme/shop/v2\n\ngo 1.24\n",
        "cmd/shop/main.go":
          'package main\n\nimport "example.com/acme/shop/v2/internal/web"\n\nfunc main() { web.Serve() }\n',
        "cmd/migrate/main.go": "package main\n\nfunc main() {}\n",
        "internal/web/web.go":
          'package web\n\nvar addr = flag.String("addr", ":8080", "")\n\nfunc Serve() { http.ListenAndServe(*addr, nil); template.ParseGlob("templates/*") }\n',
        "internal/web/web_test.go": "package web\n",
        "templates/a.html": "",
        "examples/one/main.go": "package main\n\nfunc main() {}\n",
      },
      go,
    );
    expect(text).toContain('name: "shop"');
    expect(text).toContain('run: "go build -o bin/ ./cmd/migrate ./cmd/shop"');
    expect(text).toContain('outputs: ["bin/"]');
    expect(text).toContain('run: "go vet ./..."');
    expect(text).toContain('run: "go test ./..."');
    expect(text).toContain(`run: 'bin/shop --addr="$HOST:$PORT"'`);
    expect(text).toContain('files: ["bin/shop", "templates/**"]');
    expect(text).not.toContain("go.mod asks for");
  });

  it("of several programs that listen starts the one of the Dockerfile, and names the others", async () => {
    const text = await draftWith(
      {
        "go.mod": "module example.com/shop\n",
        "cmd/admin/main.go": listening('addr := os.Getenv("PORT")'),
        "cmd/front/main.go": listening('addr := os.Getenv("PORT")'),
        Dockerfile:
          'FROM golang AS build\nCMD ["/wrong"]\nFROM scratch\nENV MODE=fast\nEXPOSE 9000/tcp\nENTRYPOINT ["/bin/front"]\n',
      },
      go,
    );
    expect(text).toContain('run: "bin/front"');
    expect(text).toContain("./cmd/admin listens, too");
    expect(text).toContain("The Dockerfile is not used");
    expect(text).toContain("It starts /bin/front, listens on 9000, sets MODE.");
    expect(text).not.toContain("docker build");
  });

  it("builds what is older than modules, as long as the standard library is enough, and says so where it is not", async () => {
    const old = listening('addr := ":" + os.Getenv("PORT")');
    const text = await draftWith({ "http.go": old }, go);
    expect(text).toContain('run: "GO111MODULE=off go build -o bin/app ."');
    expect(text).toContain('run: "GO111MODULE=off go vet ./..."');
    expect(text).toContain('run: "bin/app"');
    const foreign = await draftWith({ "http.go": old.replace('"net/http"', '(\n"fmt"\nx "example.com/y"\n)') }, go);
    expect(foreign).not.toContain("go build");
    expect(foreign).toContain("the sources import example.com/y: go mod init shop");
  });

  it("starts programs in folders that a shell would take apart, and that are no regular expression", async () => {
    const files = {
      "go app/go.mod": "module example.com/x\n",
      "go app/cmd/c++ $(date)/main.go": listening('addr := ":" + os.Getenv("PORT")'),
    };
    const text = await draftWith(files, go);
    expect(text).toContain(`run: "cd 'go app' && go build -o bin/ './cmd/c++ $(date)'"`);
    expect(text).toContain(`run: "cd 'go app' && ./'bin/c++ $(date)'"`);
  });

  it("gives programs of the same name files of their own", async () => {
    const main = "package main\n\nfunc main() {}\n";
    const files = {
      "go.mod": "module example.com/x\n",
      "a/tool/main.go": main,
      "b/tool/main.go": main,
      "c/main.go": main,
    };
    expect(await draftWith(files, go)).toContain(
      'run: "go build -o bin/ ./a/tool ./c && go build -o bin/b-tool ./b/tool"',
    );
  });

  it("gives a service the variables that its Dockerfile sets and its sources read", async () => {
    const text = await draftWith(
      {
        "go.mod": "module example.com/x\n",
        "main.go": `${listening('addr := os.Getenv("PORT")')}var text = os.Getenv("ECHO_TEXT")\nvar key = os.Getenv("API_KEY")\n`,
        Dockerfile: 'FROM scratch\nENV ECHO_TEXT="hello world" OTHER=1 API_KEY=x\nENTRYPOINT ["/x"]\n',
      },
      go,
    );
    expect(text).toContain('import { z } from "zod";');
    expect(text).toContain('ECHO_TEXT: z.string().default("hello world"), // as in Dockerfile');
    expect(text).not.toContain("OTHER:");
    expect(text).not.toContain("API_KEY:");
  });

  it("says what stands against it: an older Go, none at all, or a port that cannot be chosen", async () => {
    const files = {
      "go.mod": "module example.com/shop\n\ngo 1.25.0\n",
      "main.go": 'package main\n\nfunc main() { http.ListenAndServe(":9999", nil) }\n',
    };
    const text = await draftWith(files, go);
    expect(text).toContain(
      "go.mod asks for Go 1.25.0, and this machine has 1.24.1: the tasks fail until a newer one is installed, unless",
    );
    expect(text).toContain(". listens on :9999: a service has to listen on the port in PORT, so none was written");
    expect(text).not.toContain("service(");
    expect(await draftWith(files)).toContain("The tasks need go, which is not on this machine");
  });

  it("says when modules have to be fetched first", async () => {
    const files = {
      "go.mod":
        "module example.com/shop\n\nrequire (\n\texample.com/Some/lib v1.2.3\n\texample.com/b v0.1.0 // indirect\n)\n",
      "main.go": "package main\n\nfunc main() {}\n",
    };
    expect(await draftWith(files, go)).toContain("This machine has not yet example.com/Some/lib v1.2.3 and 1 more");
    expect(await draftWith({ ...files, "vendor/modules.txt": "" }, go)).not.toContain("has not yet");
  });

  it("builds a library without a program, and a module in a folder from there", async () => {
    const text = await draftWith({ "server/go.mod": "module example.com/lib\n", "server/lib.go": "package lib\n" }, go);
    expect(text).toContain('run: "cd server && go build ./..."');
    expect(text).toContain('inputs: ["server/go.mod", "server/lib.go"]');
  });
});

it.each([
  ['flag.IntVar(&port, "port", 8080, "")', { how: "told", variables: "", words: ' --port="$PORT"' }],
  ['pflag.StringP("listen", "l", "0.0.0.0:80", "")', { how: "told", variables: "", words: ' --listen="$HOST:$PORT"' }],
  ['flag.String("p", "8080", "")', { how: "told", variables: "", words: ' -p="$PORT"' }],
  ['flag.String("port", ":8080", "")', { how: "told", variables: "", words: ' --port=":$PORT"' }],
  ['os.Getenv("HTTP_PORT")', { how: "told", variables: 'HTTP_PORT="$PORT" ', words: "" }],
  ['os.Getenv("LISTEN_ADDR")', { how: "told", variables: 'LISTEN_ADDR="$HOST:$PORT" ', words: "" }],
  ['os.Getenv("PORT")', { how: "told", variables: "", words: "" }],
])("a Go program is told where to listen by %s", (source, expected) => {
  expect(howItListens(`http.ListenAndServe(x, nil)\n${source}`)).toEqual(expected);
  expect(howItListens(source)).toEqual({ how: "not" });
});
