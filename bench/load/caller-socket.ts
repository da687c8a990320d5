// The carrier's end of one media socket (Twilio's protocol): the caller's frames out, ours in, played by the carrier's clock.
import { randomBytes } from "node:crypto";
import { type Socket, connect } from "node:net";
import { FrameReader, textFrame } from "./frames.ts";

export interface SocketTarget {
  port: number;
  /** Path and headers of the upgrade. */
  path: string;
  headers: readonly string[];
  callSid: string;
  /** How the carrier plays: as time goes by, or (to get through many turns) at once. */
  playsAtOnce?: boolean;
}

const bytesPerMs = 8;
const mediaHead = `{"event":"media","sequenceNumber":"1","media":{"track":"inbound","chunk":"`;

export class CallerSocket {
  /** Each message with our audio: when it came and how much of it there is. */
  onAudio: (at: number, ms: number) => void = () => undefined;
  onClear: (at: number) => void = () => undefined;
  /** Everything that came so far has been played. */
  onPlayed: () => void = () => undefined;
  /** How often that was so. */
  played = 0;
  readonly #socket: Socket;
  readonly #streamSid = `MZ${randomBytes(16).toString("hex")}`;
  readonly #mediaTail = `"},"streamSid":"${this.#streamSid}"}`;
  readonly #playsAtOnce: boolean;
  readonly #reader = new FrameReader();
  #marks: { name: string; due: number }[] = [];
  #playEnd = 0;
  #chunk = 0;

  static async open(target: SocketTarget): Promise<CallerSocket> {
    const socket = connect(target.port, "127.0.0.1").setNoDelay(true);
    const caller = new CallerSocket(socket, target.playsAtOnce ?? false);
    const opened = Promise.withResolvers<void>();
    socket.once("error", opened.reject);
    socket.once("close", () => opened.reject(new Error("the media socket was closed before it was open")));
    let head = "";
    socket.on("data", function answered(chunk: Buffer) {
      head += chunk.toString("latin1");
      if (!head.includes("\r\n\r\n")) return;
      socket.off("data", answered);
      if (!head.startsWith("HTTP/1.1 101")) return opened.reject(new Error(`refused: ${head.split("\r\n")[0]}`));
      const rest = Buffer.from(head.slice(head.indexOf("\r\n\r\n") + 4), "latin1");
      socket.on("data", (bytes: Buffer) => caller.#received(bytes));
      caller.#received(rest);
      opened.resolve();
    });
    socket.write(upgradeOf(target));
    await opened.promise;
    socket.on("error", () => undefined);
    caller.#start(target.callSid);
    return caller;
  }

  private constructor(socket: Socket, playsAtOnce: boolean) {
    this.#socket = socket;
    this.#playsAtOnce = playsAtOnce;
  }

  /** 20 ms of the caller, in base64; also says which marks were reached. */
  frame(payload: string, at: number): void {
    const chunk = ++this.#chunk;
    this.#send(
      `${mediaHead}${chunk}","timestamp":"${chunk * 20}","ts_us":${Math.round(at * 1000)},"payload":"${payload}${this.#mediaTail}`,
    );
    this.#play(at);
  }

  /** The caller hangs up. */
  stop(): void {
    this.#send(`{"event":"stop","streamSid":"${this.#streamSid}"}`);
  }

  close(): void {
    this.#socket.destroy();
  }

  #start(callSid: string): void {
    this.#send('{"event":"connected","protocol":"Call","version":"1.0.0"}');
    const mediaFormat = { encoding: "audio/x-mulaw", sampleRate: 8000, channels: 1 };
    const { accountSid, streamSid } = { accountSid: `AC${"0".repeat(32)}`, streamSid: this.#streamSid };
    const start = { accountSid, streamSid, callSid, tracks: ["inbound"], mediaFormat, customParameters: {} };
    this.#send(JSON.stringify({ event: "start", sequenceNumber: "1", start, streamSid }));
  }

  #received(bytes: Buffer): void {
    const at = performance.now();
    for (const { opcode, payload } of this.#reader.push(bytes)) if (opcode === 1) this.#take(payload, at);
  }

  #take(payload: Buffer, at: number): void {
    const text = payload.toString("latin1");
    if (text.startsWith('{"event":"media"')) {
      const from = text.indexOf('"payload":"') + 11;
      const ms = ((text.indexOf('"', from) - from) * 3) / 4 / bytesPerMs;
      this.#playEnd = Math.max(at, this.#playEnd) + ms;
      this.onAudio(at, ms);
    } else if (text.startsWith('{"event":"mark"')) {
      const { mark } = JSON.parse(text) as { mark: { name: string } };
      this.#marks.push({ name: mark.name, due: this.#playsAtOnce ? 0 : this.#playEnd });
      if (this.#playsAtOnce) this.#play(at);
    } else if (text.startsWith('{"event":"clear"')) {
      this.#playEnd = at;
      for (const mark of this.#marks) mark.due = 0;
      this.onClear(at);
      this.#play(at);
    }
  }

  /** The marks that have been reached go back. */
  #play(at: number): void {
    const [first] = this.#marks;
    if (first === undefined || first.due > at) return;
    const reached = this.#marks.filter(({ due }) => due <= at);
    this.#marks = this.#marks.slice(reached.length);
    for (const { name } of reached)
      this.#send(JSON.stringify({ event: "mark", streamSid: this.#streamSid, mark: { name } }));
    if (this.#marks.length > 0) return;
    this.played++;
    this.onPlayed();
  }

  #send(text: string): void {
    if (this.#socket.writable) this.#socket.write(textFrame(text, true));
  }
}

function upgradeOf({ path, headers }: SocketTarget): string {
  const key = randomBytes(16).toString("base64");
  const upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
  const head = [`GET ${path} HTTP/1.1`, ...upgrade, `Sec-WebSocket-Key: ${key}`, ...headers];
  return `${head.join("\r\n")}\r\n\r\n`;
}
