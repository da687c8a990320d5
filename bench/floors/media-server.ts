// Floor of live audio: a bare ws server in Twilio's protocol. Each frame is parsed, decoded for its energy and forwarded to a
// recogniser over a socket of the call's own; each call gets a frame every 20 ms, or (`in-step`) one for each that it sends.
// Run with the recogniser's port; prints its own.
import { WebSocket, WebSocketServer } from "ws";
import { ulaw } from "../../src/daemon/media/g711.ts";

interface Call {
  socket: WebSocket;
  streamSid: string;
  recogniser: WebSocket;
  energy: number;
}

interface Frame {
  event: string;
  streamSid: string;
  media?: { payload: string };
}

/** A call has its turn in one of four beats. */
const beatMs = 5;
const beats = 4;
const levels = ulaw.decode(Uint8Array.from({ length: 256 }, (_, code) => code));
const voice = Buffer.alloc(160, 0x55).toString("base64");
const hearingUrl = `ws://127.0.0.1:${process.argv[2]}/`;
const inStep = process.argv[3] === "in-step";
const calls = new Set<Call>();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

function hear(call: Call, payload: string): void {
  let energy = 0;
  for (const code of Buffer.from(payload, "base64")) energy += (levels[code] ?? 0) ** 2;
  call.energy = energy;
  call.recogniser.send(`{"type":"input_audio_buffer.append","audio":"${payload}"}`);
  if (inStep) speak(call);
}

function speak({ socket, streamSid }: Call): void {
  socket.send(`{"event":"media","streamSid":"${streamSid}","media":{"payload":"${voice}"}}`);
}

server.on("connection", (socket) => {
  const recogniser = new WebSocket(hearingUrl, { perMessageDeflate: false });
  recogniser.on("open", () => recogniser.send('{"type":"session.update"}')).on("error", () => undefined);
  const call: Call = { socket, streamSid: "", recogniser, energy: 0 };
  socket.on("message", (data: Buffer) => {
    const frame = JSON.parse(data.toString()) as Frame;
    if (frame.media !== undefined) hear(call, frame.media.payload);
    else if (frame.event === "start") {
      call.streamSid = frame.streamSid;
      calls.add(call);
    }
  });
  socket
    .on("error", () => undefined)
    .on("close", () => {
      calls.delete(call);
      recogniser.terminate();
    });
});

let next = performance.now();
let beat = 0;
function play(): void {
  for (; next <= performance.now(); next += beatMs) {
    beat = (beat + 1) % beats;
    let index = 0;
    for (const call of calls) if (index++ % beats === beat) speak(call);
  }
  setTimeout(play, Math.max(1, next - performance.now()));
}
if (!inStep) play();

server.on("listening", () => console.log(JSON.stringify(server.address())));
