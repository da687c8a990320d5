import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { Probe } from "../../src/daemon/tunnels/probe.ts";
import { failureWords } from "../../src/daemon/tunnels/probe-request.ts";

async function serving(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/voice/webhook`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** As the public listener refuses. */
function refusing(probe: Probe, status: number) {
  return serving((request, response) => response.writeHead(status, probe.proof(request.headers)).end());
}

test.for([401, 405])("our own refusal %i proves the way", async (status) => {
  const probe = new Probe();
  await using server = await refusing(probe, status);
  expect(await probe.run(server.url)).toEqual({ kind: "ok" });
});

test("the probe is an unsigned, empty POST", async () => {
  const seen: unknown[] = [];
  const probe = new Probe();
  await using server = await serving((request, response) => {
    seen.push(request.method, request.url, request.headers["content-length"], request.headers["x-twilio-signature"]);
    response.writeHead(401, probe.proof(request.headers)).end();
  });
  await probe.run(server.url);
  expect(seen).toEqual(["POST", "/voice/webhook", "0", undefined]);
});

test("a refused host and another path of ours are told apart", async () => {
  const probe = new Probe();
  await using hostServer = await refusing(probe, 403);
  await using pathServer = await refusing(probe, 404);
  expect(await probe.run(hostServer.url)).toEqual({
    kind: "wrong-host",
    hint: "add 127.0.0.1 to `webhookSecurity.allowedHosts`",
  });
  expect(await probe.run(pathServer.url)).toMatchObject({ kind: "wrong-path" });
});

test("whoever else answers is not us: another daemon, an echo, a redirection, a tunnel without its end", async () => {
  const probe = new Probe();
  await using other = await refusing(new Probe(), 401);
  await using echo = await serving((request, response) =>
    response.writeHead(401, { "x-voicecall-proof": request.headers["x-voicecall-probe"] }).end(),
  );
  await using moved = await serving((_, response) => response.writeHead(302, { location: other.url }).end());
  await using endless = await serving((_, response) => void response.writeHead(200).write("and so on"));
  await using broken = await serving((_, response) => response.writeHead(502).end());
  expect(await probe.run(other.url)).toMatchObject({ kind: "somebody-else", status: 401 });
  expect(await probe.run(echo.url)).toMatchObject({ kind: "somebody-else", status: 401 });
  expect(await probe.run(moved.url)).toMatchObject({ kind: "somebody-else", status: 302 });
  expect(await probe.run(endless.url)).toMatchObject({ kind: "somebody-else", status: 200 });
  expect(await probe.run(broken.url)).toMatchObject({
    kind: "somebody-else",
    hint: expect.stringContaining("serve.port"),
  });
});

test("nobody there", async () => {
  const probe = new Probe();
  const server = await refusing(probe, 401);
  await server[Symbol.asyncDispose]();
  expect(await probe.run(server.url)).toMatchObject({ kind: "not-reachable", reason: "nothing listens there" });
});

test("a server that cuts the connection, and one that stays silent", async () => {
  await using cut = await serving((request) => request.socket.destroy());
  await using silent = await serving(() => undefined);
  const probe = new Probe();
  expect(await probe.run(cut.url)).toMatchObject({ kind: "not-reachable", reason: "the connection was cut" });
  expect(await probe.run(silent.url, AbortSignal.timeout(200))).toMatchObject({
    kind: "not-reachable",
    reason: "no answer in time",
  });
});

test("a URL that is no URL is not reachable, too", async () => {
  expect(await new Probe().run("nonsense")).toMatchObject({ kind: "not-reachable" });
});

test("the proof answers questions only, and long ones not at all", () => {
  const probe = new Probe();
  expect(probe.proof({})).toEqual({});
  expect(probe.proof({ "x-voicecall-probe": "x".repeat(65) })).toEqual({});
  expect(probe.proof({ "x-voicecall-probe": "q" })).toEqual(probe.proof({ "x-voicecall-probe": "q" }));
  expect(new Probe().proof({ "x-voicecall-probe": "q" })).not.toEqual(probe.proof({ "x-voicecall-probe": "q" }));
});

const failures: [string, string][] = [
  ["ENOTFOUND", "up to 15 minutes"],
  ["EAI_AGAIN", "DNS"],
  ["EPROTO", "certificate"],
  ["CERT_HAS_EXPIRED", "renew it"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "renew it"],
  ["EHOSTUNREACH", "firewall"],
  ["EWHATEVER", "check the URL"],
];

test.for(failures)("%s comes with a way out", ([code, way]) => {
  expect(failureWords(Object.assign(new Error("x"), { code })).hint).toContain(way);
});

test("the way of a media socket is proven by our refusal, and lost where upgrades are not passed on", async () => {
  const probe = new Probe();
  const status = { value: 401 };
  const server = createServer((request, response) => response.writeHead(404, probe.proof(request.headers)).end());
  server.on("upgrade", (request, socket) => {
    const [[name, proof] = []] = Object.entries(probe.proof(request.headers));
    const own = status.value === 401 ? `${name}: ${proof}\r\n` : "";
    socket.end(`HTTP/1.1 ${status.value} No\r\n${own}content-length: 0\r\n\r\n`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/voice/stream/check`;
  expect(await probe.runUpgrade(url, { host: "voice.example.test" })).toEqual({ kind: "ok" });
  status.value = 101;
  expect(await probe.runUpgrade(url, {})).toMatchObject({ kind: "somebody-else", status: 101 });
  server.removeAllListeners("upgrade");
  expect(await probe.runUpgrade(url, {})).toMatchObject({
    kind: "wrong-path",
    hint: expect.stringContaining("upgrade"),
  });
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  expect(await probe.runUpgrade(url, {})).toMatchObject({ kind: "not-reachable" });
});
