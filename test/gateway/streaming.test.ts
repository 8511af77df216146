import { once } from "node:events";
import { request as sendRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { InstanceSocket } from "../../src/gateway/embedded/instance/instance-socket.ts";
import { onRequestHeads, startBackend, startRawBackend } from "./support/backend.ts";
import { type Answer, ask, eventually, RawClient } from "./support/client.ts";
import { startSwitchboard } from "./support/switchboard.ts";

const huge = 256 * 1024 * 1024;

describe("bodies", () => {
  it("reach the instance while the client still sends, and the client while the instance still answers", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("echo", (request, response) => {
      request.on("data", (chunk) => response.write(chunk));
      request.on("end", () => response.end());
    });
    await gateway.serve(backend.backend);
    const request = sendRequest({
      port: gateway.port,
      host: "127.0.0.1",
      method: "POST",
      headers: { host: "app.localhost" },
    });
    request.flushHeaders();
    request.write("one");
    const [response] = await once(request, "response");
    for (const part of ["one", "two", "three"]) {
      if (part !== "one") request.write(part);
      const [chunk] = await once(response, "data");
      expect(chunk.toString()).toBe(part);
    }
    request.end();
    response.resume();
    await once(response, "end");
  });

  it("let an answer's head through before its body comes", async () => {
    await using gateway = await startSwitchboard();
    const held = Promise.withResolvers<void>();
    await using backend = await startBackend("events", async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      await held.promise;
      response.end("data: 1\n\n");
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/text\/event-stream[\s\S]*\r\n\r\n$/);
    held.resolve();
    await client.until(/data: 1/);
    client.socket.destroy();
  });

  it("come no faster than the client reads", async () => {
    await using gateway = await startSwitchboard();
    let produced = 0;
    await using backend = await startBackend("fast", (_request, response) => {
      const chunk = Buffer.alloc(64 * 1024);
      const produce = () => {
        while (produced < huge) {
          produced += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on("drain", produce);
      produce();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await standsStill(() => produced);
    expect(produced).toBeGreaterThan(0);
    expect(produced).toBeLessThan(huge / 4);
    client.socket.destroy();
    await eventually(async () => (await gateway.traffic("fast")).underWay === 0);
  });

  it("go no faster than the instance reads, and not for ever", async () => {
    await using gateway = await startSwitchboard({ answerMs: 1_000 });
    await using backend = await startBackend("slow", (request) => request.pause());
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send(`POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: ${huge}\r\n\r\n`);
    const chunk = Buffer.alloc(64 * 1024);
    let sent = 0;
    const send = () => {
      while (sent < huge) {
        sent += chunk.length;
        if (!client.socket.write(chunk)) return;
      }
    };
    client.socket.on("drain", send);
    send();
    await standsStill(() => sent);
    expect(sent).toBeLessThan(huge / 4);
    await client.until(/^HTTP\/1\.1 504 /);
    client.socket.destroy();
    await eventually(async () => (await gateway.traffic("slow")).underWay === 0);
  });

  it("may have interim answers without end before them, which a client that does not read goes without", async () => {
    await using gateway = await startSwitchboard();
    const interim = `HTTP/1.1 103 Early Hints\r\nLink: ${"a".repeat(30_000)}\r\n\r\n`;
    const [all, read] = [1_500 * interim.length, Promise.withResolvers<void>()];
    await using backend = await startRawBackend("talks", (socket) => {
      onRequestHeads(socket, async () => {
        for (let sent = 0; sent < all; sent += interim.length) if (!socket.write(interim)) await once(socket, "drain");
        read.resolve();
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await read.promise;
    client.socket.resume();
    expect((await client.until(/\r\n\r\ndone$/)).length).toBeLessThan(all / 2);
    client.socket.destroy();
  });

  it("of many megabytes arrive as they were sent, both ways", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startBackend("echo", (request, response) => request.pipe(response));
    await gateway.serve(backend.backend);
    const body = Buffer.alloc(5_000_001, "0123456789abcdef").toString("latin1");
    const answer = await ask({ port: gateway.port, method: "POST", body });
    expect(answer.body === body).toBe(true);
  });
});

describe("many answers at a time", () => {
  it("are never mixed up, whatever their clients do: each gets its own bytes", async () => {
    await using gateway = await startSwitchboard();
    const body = (path: string) => {
      const [, letter = "", size] = /^\/(.)(\d+)$/.exec(path) ?? [];
      return letter.repeat(Number(size));
    };
    await using backend = await startBackend("letters", (request, response) => response.end(body(request.url ?? "")));
    await gateway.serve(backend.backend);
    const sizes = [1, 1_000, 16_384, 20_000, 131_072, 500_000];
    const read = async (letter: string, isSlow: boolean) => {
      const client = await RawClient.open(gateway.port);
      if (isSlow) client.socket.pause();
      // All at once: those behind the first wait in the gateway for their turn.
      const requests = sizes.map((size) => `GET /${letter}${size} HTTP/1.1\r\nHost: app.localhost\r\n`);
      client.send(`${requests.join("\r\n")}Connection: close\r\n\r\n`);
      if (isSlow) await eventually(async () => (await gateway.traffic("letters")).requests >= sizes.length);
      client.socket.resume();
      return (await client.closed()).split(/HTTP\/1\.1 200 [\s\S]*?\r\n\r\n/).slice(1);
    };
    const letters = [..."abcdefgh"];
    const all = await Promise.all(letters.map((letter, index) => read(letter, index % 3 === 0)));
    for (const [index, letter] of letters.entries())
      expect(all[index]!.map((text) => [text.length, new Set(text)])).toEqual(
        sizes.map((size) => [size, new Set(letter)]),
      );
  });
});

describe("the memory that answers are read into", () => {
  it("is never read into again where it is in use, and a little in use does not keep a lot", async () => {
    await using echo = await startRawBackend("echo", (socket) => socket.pipe(socket));
    const [kept, numbers] = [[] as Buffer[], Array.from({ length: 2_000 }, (_, number) => `<${number}>`)];
    const over = Promise.withResolvers<void>();
    const socket = new InstanceSocket((bytes) => {
      const number = kept.push(bytes);
      if (number < numbers.length) socket.write(numbers[number] as string);
      else over.resolve();
      return true;
    });
    socket.connect({ host: "127.0.0.1", port: echo.port });
    socket.write(numbers[0] as string);
    await over.promise;
    socket.destroy();
    expect(Buffer.concat(kept).toString()).toBe(numbers.join(""));
    expect(new Set(kept.map(({ buffer }) => buffer)).size).toBe(1);
  });

  it("is not that of what is in use either once what comes is not", async () => {
    await using echo = await startRawBackend("echo", (socket) => socket.pipe(socket));
    const reads: Buffer[] = [];
    const over = Promise.withResolvers<void>();
    const socket = new InstanceSocket((bytes) => {
      const number = reads.push(bytes);
      if (number < 4) socket.write(String(number));
      else over.resolve();
      return number === 1;
    });
    socket.connect({ host: "127.0.0.1", port: echo.port });
    socket.write("0");
    await over.promise;
    socket.destroy();
    expect(String(reads[0])).toBe("0");
  });
});

describe("a client that goes away", () => {
  it("takes the request to the instance with it, and is counted once", async () => {
    await using gateway = await startSwitchboard({ halfClosedMs: 50 });
    const arrived = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using backend = await startBackend("slow", (_request, response) => {
      response.on("close", closed.resolve);
      arrived.resolve();
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await arrived.promise;
    expect((await gateway.traffic("slow")).underWay).toBe(1);
    client.socket.destroy();
    await closed.promise;
    await eventually(async () => (await gateway.traffic("slow")).underWay === 0);
    expect(await gateway.traffic("slow")).toMatchObject({ requests: 1, connectErrors: 0, serverErrors: 0 });
  });

  it("in the middle of its own body breaks the body off for the instance too", async () => {
    await using gateway = await startSwitchboard();
    const outcome = Promise.withResolvers<string>();
    await using backend = await startBackend("one", (request) => {
      request.on("data", () => client.socket.destroy());
      request.on("end", () => outcome.resolve("whole"));
      request.on("error", () => outcome.resolve("broken off"));
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 10\r\n\r\nabc");
    expect(await outcome.promise).toBe("broken off");
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("in the middle of pipelined requests takes all of them with it", async () => {
    await using gateway = await startSwitchboard({ halfClosedMs: 50 });
    let arrived = 0;
    await using backend = await startBackend("slow", () => {
      arrived += 1;
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n".repeat(3));
    await eventually(() => arrived === 3);
    client.socket.destroy();
    await eventually(async () => (await gateway.traffic("slow")).underWay === 0);
  });
});

describe("an answer that breaks off", () => {
  it.each([
    ["with a length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "FIN"],
    ["in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "FIN"],
    ["in wrong chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "x\r\n"],
    ["without a length", "HTTP/1.1 200 OK\r\n\r\nabc", "RST"],
  ] as const)("%s is seen by the client as one that broke off", async (_name, bytes, how) => {
    await using gateway = await startSwitchboard();
    const breakOff = Promise.withResolvers<void>();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, async () => {
        socket.write(bytes);
        await breakOff.promise;
        if (how === "FIN") socket.end();
        else if (how === "RST") socket.resetAndDestroy();
        else socket.write(how);
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/abc/);
    breakOff.resolve();
    const answer = await client.closed();
    expect(answer).toContain("200 OK");
    expect(answer).not.toMatch(/\r\n0\r\n\r\n$/);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("ends the connection behind a whole answer that was asked for before it", async () => {
    await using gateway = await startSwitchboard();
    const held = Promise.withResolvers<void>();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, async (head) => {
        if (head.includes("/first")) await held.promise;
        const answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
        if (head.includes("/first")) socket.write(`${answer}first`);
        else socket.end(`${answer}sec`);
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    for (const path of ["/first", "/second"]) client.send(`GET ${path} HTTP/1.1\r\nHost: app.localhost\r\n\r\n`);
    await eventually(async () => (await gateway.traffic("one")).requests === 2);
    await eventually(async () => (await gateway.traffic("one")).underWay === 1);
    held.resolve();
    expect(await client.closed()).toMatch(/\r\n\r\nfirst$/);
  });

  it("is a reset to a client of HTTP/1.0, which would take an end for the end", async () => {
    await using gateway = await startSwitchboard();
    const breakOff = Promise.withResolvers<void>();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, async () => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        await breakOff.promise;
        socket.destroy();
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    const reset = once(client.socket, "error");
    client.send("GET / HTTP/1.0\r\nHost: app.localhost\r\n\r\n");
    await client.until(/abc/);
    breakOff.resolve();
    expect((await reset)[0]).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("an instance that answers before it has read the request", () => {
  it("is believed, and the rest of the body goes nowhere", async () => {
    await using gateway = await startSwitchboard();
    await using backend = await startRawBackend("one", (socket) => {
      onRequestHeads(socket, (head) => {
        const body = head.startsWith("POST") ? "too much" : "next";
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
    });
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 6\r\n\r\nabc");
    await client.until(/too much/);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
    client.send("defGET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await client.until(/too much[\s\S]*next/);
    client.socket.destroy();
  });
});

describe("a client that stands still", () => {
  it("is cut off in its head", async () => {
    await using gateway = await startSwitchboard({ headMs: 100 });
    await using backend = await startBackend("one");
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("GET / HTTP/1.1\r\nHost: app");
    expect(await client.closed()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("is cut off in its body", async () => {
    await using gateway = await startSwitchboard({ stallMs: 100 });
    await using backend = await startBackend("one", (request) => request.resume());
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 10\r\n\r\nabc");
    await client.closed();
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
  });

  it("is cut off when it does not read its answer", async () => {
    await using gateway = await startSwitchboard({ stallMs: 100 });
    await using backend = await startBackend("one", (_request, response) =>
      response.end(Buffer.alloc(64 * 1024 * 1024)),
    );
    await gateway.serve(backend.backend);
    const client = await RawClient.open(gateway.port);
    client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
    await eventually(async () => (await gateway.traffic("one")).requests === 1);
    await eventually(async () => (await gateway.traffic("one")).underWay === 0);
    client.socket.destroy();
  });

  it("is not cut off while it waits for the instance", async () => {
    await using gateway = await startSwitchboard({ stallMs: 20 });
    const [arrived, held] = [Promise.withResolvers<"arrived">(), Promise.withResolvers<void>()];
    await using backend = await startBackend("one", async (_request, response) => {
      arrived.resolve("arrived");
      await held.promise;
      response.end("at last");
    });
    await gateway.serve(backend.backend);
    // On a busy machine a connection may say nothing for so long, and is cut off with good reason: what counts begins when the
    // instance has the request.
    let answer: Promise<Answer>;
    do answer = ask({ port: gateway.port });
    while ((await Promise.race([arrived.promise, answer.catch(() => "cut off")])) !== "arrived");
    setTimeout(held.resolve, 200);
    expect((await answer).body).toBe("at last");
  });
});

/** Resolves once a count has not grown for a while: what fills the buffers of the system has filled them. */
async function standsStill(count: () => number): Promise<void> {
  let last = -1;
  for (let same = 0; same < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    same = count() === last ? same + 1 : 0;
    last = count();
  }
}
