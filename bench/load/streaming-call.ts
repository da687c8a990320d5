// One incoming call on a media stream: the signed webhook, the signed upgrade that its answer asks for, and the recogniser's session.
import { CallerSocket } from "./caller-socket.ts";
import type { HttpConnection } from "./http-connection.ts";
import type { HearingEar, SpeechServices } from "./speech-services.ts";
import { twilioCall, twilioSignature } from "./twilio-call.ts";

export interface StreamingCall {
  socket: CallerSocket;
  ear: HearingEar;
  /** The carrier tells that the call is over. */
  end(line: HttpConnection): Promise<void>;
}

export interface CallTarget {
  /** Of the webhooks and media sockets. */
  port: number;
  services: SpeechServices;
  playsAtOnce?: boolean;
}

/** Calls that begin one after the other; two at once could be given each other's recogniser. */
export async function callIn(line: HttpConnection, { port, services, ...how }: CallTarget): Promise<StreamingCall> {
  const [ringing, , completed] = twilioCall();
  if (ringing === undefined || completed === undefined) throw new Error("a call without webhooks");
  const { callSid } = ringing;
  const { status, body } = await line.send(ringing.bytes);
  const url = /<Stream url="([^"]+)"/.exec(body)?.[1];
  if (url === undefined) throw new Error(`no stream is asked for: ${status} ${body}`);
  const { host, pathname } = new URL(url);
  const headers = [`Host: ${host}`, `X-Twilio-Signature: ${twilioSignature(url)}`];
  const socket = await CallerSocket.open({ port, path: pathname, headers, callSid, ...how });
  const ear = await services.nextEar();
  await ear.ready;
  return {
    socket,
    ear,
    async end(by) {
      socket.stop();
      await by.send(completed.bytes);
      socket.close();
    },
  };
}

/** A call of a floor, which asks for no webhook and has no session to open. */
export async function floorCall({ port, services }: CallTarget): Promise<StreamingCall> {
  const path = "/media";
  const socket = await CallerSocket.open({ port, path, headers: ["Host: 127.0.0.1"], callSid: "CA0" });
  const ear = await services.nextEar();
  await ear.ready;
  return { socket, ear, end: () => Promise.resolve(socket.close()) };
}
