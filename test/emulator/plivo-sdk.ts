// The official SDK's call interface over a request function of our own, because its host cannot be set, and what calls are made of.
import { CallInterface } from "plivo/dist/resources/call.js";
import { camelCaseRequestWrapper } from "plivo/dist/rest/utils.js";
import type { PlivoEmulatedCall, PlivoEmulator } from "../../src/emulator/index.ts";

interface Account {
  readonly url: string;
  readonly authId: string;
  readonly authToken: string;
}

/** A refusal: its HTTP status, and the body as it came. */
export class Refusal extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(status: number, body: unknown) {
    super(`status ${status}`);
    this.status = status;
    this.body = body;
  }
}

export function plivoCalls(emulator: PlivoEmulator, authToken = emulator.authToken): CallInterface {
  const account = { url: emulator.url, authId: emulator.authId, authToken };
  return new CallInterface(
    camelCaseRequestWrapper((method: string, action: string, params: Record<string, unknown> = {}) =>
      requestPlivo(account, `${method} ${action}`, params),
    ),
  );
}

/** One plain request below the account, for example `DELETE Request/…/`. */
export async function requestPlivo(
  { url, authId, authToken }: Account,
  wish: string,
  { is_voice_request: _sdk, ...params }: Record<string, unknown> = {},
): Promise<{ response: { status: number; headers: Headers }; body: unknown }> {
  const [method = "", action = ""] = wish.split(" ");
  const target = new URL(`${url}/v1/Account/${authId}/${action}`);
  if (method === "GET") {
    Object.entries(params).forEach(([name, value]) => target.searchParams.set(name, String(value)));
  }
  const reply = await fetch(target, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${authId}:${authToken}`).toString("base64")}`,
      "Content-Type": "application/json",
    },
    ...(method === "POST" ? { body: JSON.stringify(params) } : {}),
  });
  const text = await reply.text();
  const isJson = reply.headers.get("content-type") === "application/json";
  const body: unknown = isJson ? JSON.parse(text) : text;
  if (!reply.ok) {
    throw new Refusal(reply.status, body);
  }
  return { response: { status: reply.status, headers: reply.headers }, body: isJson ? body : {} };
}

/** Status and body of a refused request. */
export async function refused(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Error("the request was expected to fail");
}

/** Moves the first leg of a call; the SDK's types ask for another leg's address too. */
export function transferCall(
  calls: CallInterface,
  callUuid: string,
  alegUrl: string,
): ReturnType<CallInterface["transfer"]> {
  const params = { legs: "aleg", alegUrl, alegMethod: "POST" } as Parameters<CallInterface["transfer"]>[1];
  return calls.transfer(callUuid, params);
}

/** The newest call, once it is over. */
export async function ended(emulator: PlivoEmulator): Promise<PlivoEmulatedCall> {
  await emulator.waitFor(() => emulator.calls.at(-1)?.endedAt != null);
  const call = emulator.calls.at(-1);
  if (call === undefined) {
    throw new Error("no call");
  }
  return call;
}

/** A GetInput with one prompt. */
export function getInput(action: string, prompt: string): string {
  return `<GetInput inputType="dtmf speech" action="${action}" speechEndTimeout="auto"><Speak>${prompt}</Speak></GetInput>`;
}
