// Answers an HTTP order for speech: the audio with its pace and faults, or an error in the service's shape.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { refuseHttp } from "../service-server.ts";
import { type AudioPlan, sendInPieces } from "./audio-pieces.ts";

export interface AudioReply extends Omit<AudioPlan, "signal"> {
  readonly contentType: string;
  /** An error in the service's own shape. */
  readonly errorOf: (status: number, code: string) => unknown;
  /** Aborts when the emulator closes. */
  readonly signal: AbortSignal;
}

/** Settles when the answer is over, however it ends. */
export async function replyWithAudio(response: ServerResponse, reply: AudioReply): Promise<void> {
  const { faults, spoken, contentType } = reply;
  const gone = new AbortController();
  const signal = AbortSignal.any([reply.signal, gone.signal]);
  response.once("close", () => gone.abort());
  const refusal = faults.find("refuse");
  if (refusal !== undefined) {
    spoken.state = "refused";
    const { status, code = "emulated_fault" } = refusal;
    refuseHttp(response, { status, json: reply.errorOf(status, code) });
    return;
  }
  if (faults.find("never-answers") !== undefined) {
    await reply.clock.passReal(3_600_000, signal);
    spoken.state = "aborted";
    return;
  }
  if (faults.find("hang-up") !== undefined) {
    spoken.state = "aborted";
    response.destroy();
    return;
  }
  const mistaken = faults.find("error-as-audio");
  if (mistaken !== undefined) {
    spoken.state = "refused";
    const json = JSON.stringify(reply.errorOf(500, "server_error"));
    response.writeHead(200, { "Content-Type": contentType });
    response.end(mistaken.content === "json" ? json : `<!doctype html><title>Bad gateway</title><h1>502</h1>`);
    return;
  }
  await speak(response, { ...reply, signal });
}

async function speak(response: ServerResponse, reply: AudioReply): Promise<void> {
  const { faults, spoken, signal } = reply;
  const began = (): void => {
    if (!response.headersSent) response.writeHead(200, { "Content-Type": reply.contentType });
  };
  if (faults.find("delay") === undefined) {
    began();
    response.flushHeaders();
  }
  const end = await sendInPieces(reply, async (piece) => {
    began();
    if (!response.write(piece)) await once(response, "drain", { signal }).catch(() => undefined);
  });
  spoken.state = end === "finished" ? "finished" : "aborted";
  if (end === "close") response.destroy();
  if (end !== "finished") return;
  began();
  response.end(() => {
    if (faults.find("answers-twice") !== undefined)
      response.socket?.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore");
  });
}
