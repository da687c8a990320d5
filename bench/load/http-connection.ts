// One keep-alive connection that sends ready-made requests, one at a time, at little cost to the generator.
import { type Socket, connect } from "node:net";

export interface Answer {
  status: number;
  body: string;
}

export class HttpConnection implements Disposable {
  readonly #port: number;
  #socket: Socket | undefined;
  #text = "";
  #waiting: PromiseWithResolvers<Answer> | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  /** @throws when the server closes before its answer is whole. */
  send(request: Buffer): Promise<Answer> {
    this.#socket ??= this.#open();
    this.#waiting = Promise.withResolvers();
    this.#socket.write(request);
    return this.#waiting.promise;
  }

  [Symbol.dispose](): void {
    this.#drop();
  }

  #open(): Socket {
    const socket = connect(this.#port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
    this.#text = "";
    socket.on("data", (chunk) => this.#received(String(chunk)));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (this.#socket === socket) this.#drop();
    });
    return socket;
  }

  #received(chunk: string): void {
    this.#text += chunk;
    const headEnd = this.#text.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.#text.slice(0, headEnd).toLowerCase();
    const length = Number(/\r\ncontent-length: *(\d+)/.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (this.#text.length < end) return;
    const answer = { status: Number(head.slice(9, 12)), body: this.#text.slice(headEnd + 4, end) };
    this.#text = this.#text.slice(end);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (head.includes("\r\nconnection: close")) this.#drop();
    waiting?.resolve(answer);
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#waiting?.reject(new Error("the server closed the connection"));
    this.#waiting = undefined;
  }
}
