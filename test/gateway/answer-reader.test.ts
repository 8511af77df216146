import { type IncomingMessage, request as sendRequest } from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { AnswerReader } from "../../src/gateway/embedded/instance/answer-reader.ts";
import { Dice } from "../rollout/simulation/random.ts";

const headBytes = 32 * 1024;

/** What a reader of answers makes of bytes; `undefined`: it is no whole answer to it. */
interface Read {
  readonly interim: readonly number[];
  readonly status: number;
  readonly reason: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

interface OwnRead {
  readonly read: Read | undefined;
  /** How many bytes had been given when the answer was whole: all of them, when it never was. */
  readonly length: number;
}

/** Node's own parser stands for what everybody else reads; at most one answer is read. */
async function readByNode(bytes: Buffer, method: string): Promise<Read | undefined> {
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const sent = sendRequest({ createConnection: () => connection, method, path: "/", maxHeaderSize: headBytes });
  const outcome = Promise.withResolvers<Read | undefined>();
  const interim: number[] = [];
  sent.on("information", ({ statusCode }) => interim.push(statusCode));
  sent.on("error", () => outcome.resolve(undefined));
  sent.on("upgrade", () => outcome.resolve(undefined));
  sent.on("response", (answer: IncomingMessage) => {
    let body = "";
    answer.setEncoding("latin1").on("data", (chunk) => (body += chunk));
    answer.on("error", () => outcome.resolve(undefined));
    answer.on("end", () => {
      const { statusCode = 0, statusMessage = "", rawHeaders, rawTrailers } = answer;
      const fields = { status: statusCode, reason: statusMessage, fields: rawHeaders };
      outcome.resolve(answer.complete ? { interim, ...fields, body, trailers: rawTrailers } : undefined);
    });
  });
  sent.end();
  connection.push(bytes);
  connection.push(null);
  sent.on("close", () => setImmediate(() => outcome.resolve(undefined)));
  return outcome.promise;
}

/** `size`: how many bytes come at a time. */
function readByGateway(bytes: Buffer, method: string, size: () => number): OwnRead {
  const begun = { interim: [] as number[], status: 0, reason: "", fields: [] as readonly string[], body: "" };
  let read: Read | undefined;
  const reader = new AnswerReader(
    {
      interim: ({ status }) => begun.interim.push(status),
      switched: () => {},
      head: ({ status, reason, fields }) => Object.assign(begun, { status, reason, fields }),
      body: (chunk) => {
        begun.body += chunk.toString("latin1");
      },
      ended: (trailers) => {
        read = { ...begun, trailers };
      },
      unusable: () => {},
    },
    headBytes,
  );
  reader.expect(method === "HEAD");
  let length = 0;
  while (length < bytes.length && read === undefined) {
    const next = Math.min(bytes.length, length + Math.max(1, size()));
    reader.read(bytes.subarray(length, next));
    length = next;
  }
  reader.finish();
  return { read, length };
}

const answers = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello",
  "HTTP/1.1 200\r\ncontent-length:5\r\nX-Empty:\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0a;ext=1\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n",
  "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
  "HTTP/1.1 200 As \xe4 Told\r\nX: \t\xfc \t\r\n\r\nuntil the end",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
  "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: x\r\n\r\n",
  "HTTP/1.1 204 No Content\r\n\r\n",
].map((text) => Buffer.from(text, "latin1"));

const odd = [
  "\n",
  "\r",
  "\r\n",
  " ",
  "\t",
  "\0",
  ":",
  ",",
  ";",
  "0",
  "1",
  "f",
  "g",
  "-",
  "+",
  "\x7f",
  "\xa0",
  "\x0b",
].concat([
  "Content-Length: 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip\r\n",
  "Connection: close\r\n",
  "HTTP/1.1 ",
  "0\r\n\r\n",
]);

/** One to three changes: something odd put in, or in the place of something, or something left out. */
function spoil(bytes: Buffer, dice: Dice): Buffer {
  let text = bytes.toString("latin1");
  for (let change = dice.below(3); change >= 0; change -= 1) {
    const at = dice.below(text.length);
    const put = dice.chance(0.3) ? "" : dice.pick(...odd);
    text = text.slice(0, at) + put + text.slice(at + dice.below(3));
  }
  return Buffer.from(text, "latin1");
}

describe("the reader of instances' answers", () => {
  it.each(answers.map((bytes) => [bytes.toString("latin1"), bytes] as const))(
    "reads %j as Node does, in any pieces",
    async (_text, bytes) => {
      for (const method of ["GET", "HEAD"]) {
        const own = readByGateway(bytes, method, () => 1);
        expect(own.read).toBeDefined();
        expect(own.read).toEqual(await readByNode(bytes.subarray(0, own.length), method));
        for (const size of [2, 3, 7, 1000]) expect(readByGateway(bytes, method, () => size).read).toEqual(own.read);
      }
    },
  );

  it("takes nothing that Node's strict parser refuses or reads in another way, and pieces make no difference", async () => {
    const dice = new Dice(7);
    const counts = { taken: 0, refused: 0 };
    for (let turn = 0; turn < 3_000; turn += 1) {
      const bytes = spoil(dice.pick(...answers), dice);
      const method = dice.chance(0.1) ? "HEAD" : "GET";
      const shown = JSON.stringify(bytes.toString("latin1"));
      const { read, length } = readByGateway(bytes, method, () => 1);
      expect(readByGateway(bytes, method, () => dice.below(20)).read, shown).toEqual(read);
      expect(readByGateway(bytes, method, () => bytes.length).read, shown).toEqual(read);
      counts[read === undefined ? "refused" : "taken"] += 1;
      if (read !== undefined) expect(await readByNode(bytes.subarray(0, length), method), shown).toEqual(read);
    }
    expect(Math.min(counts.taken, counts.refused)).toBeGreaterThan(500);
  });
});
