// The official Telnyx SDK pointed at an emulator, and an application that receives its webhooks.
import { createPublicKey, verify } from "node:crypto";
import Telnyx from "telnyx";
import {
  startTelnyxEmulator,
  type TelnyxCallView,
  type TelnyxCalleeScript,
  type TelnyxEmulator,
} from "../../src/emulator/index.ts";
import { startApp, type AppReply, type ReceivedWebhook, type WebhookApp } from "./webhook-app.ts";

export const US = "+15550000001";
export const THEM = "+15550000002";
export const VOICE = { voice: "female", language: "en-US" } as const;

export function telnyxFor(emulator: TelnyxEmulator, apiKey = emulator.apiKey): Telnyx {
  return new Telnyx({ apiKey, publicKey: emulator.publicKey, baseURL: emulator.url, maxRetries: 0 });
}

/** The status and code of an SDK error. */
export async function telnyxRefusal(work: Promise<unknown>): Promise<{ status?: unknown; code?: unknown }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Telnyx.APIError) {
      const body = error.error as { errors?: { code?: unknown }[] } | undefined;
      return { status: error.status, code: body?.errors?.[0]?.code };
    }
    throw error;
  }
  throw new Error("the request was expected to fail");
}

export interface TelnyxWebhook {
  readonly event: string;
  readonly id: string;
  readonly attempt: number;
  readonly payload: Record<string, unknown>;
  readonly headers: ReceivedWebhook["headers"];
  readonly body: string;
}

/** What is in a request of the emulator. */
export function webhookIn({ body, headers }: ReceivedWebhook): TelnyxWebhook {
  const { data, meta } = JSON.parse(body) as {
    data: { event_type: string; id: string; payload: Record<string, unknown> };
    meta: { attempt: number };
  };
  return { event: data.event_type, id: data.id, attempt: meta.attempt, payload: data.payload, headers, body };
}

/** Answers every webhook with 200 first and reacts to it afterwards. */
export function startTelnyxApp(
  react: (webhook: TelnyxWebhook) => Promise<unknown> | undefined = () => undefined,
): Promise<WebhookApp> {
  return startApp((received): AppReply => {
    void react(webhookIn(received));
    return { status: 200 };
  });
}

/** Whether a webhook is signed by the key, checked without the emulator's own code. */
export function isSigned({ headers, body }: TelnyxWebhook | ReceivedWebhook, publicKey: string): boolean {
  const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(publicKey, "base64")]);
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const signature = Buffer.from(String(headers["telnyx-signature-ed25519"]), "base64");
  return verify(null, Buffer.from(`${String(headers["telnyx-timestamp"])}|${body}`), key, signature);
}

/** The newest call, once it is over and its hang-up was delivered. */
export async function ended(emulator: TelnyxEmulator): Promise<TelnyxCallView> {
  await emulator.waitFor(
    () => emulator.calls.at(-1)?.webhooks.some((hook) => hook.event === "call.hangup" && hook.status === 200) ?? false,
  );
  const call = emulator.calls.at(-1);
  if (call === undefined) {
    throw new Error("no call");
  }
  return call;
}

export function eventsOf(call: TelnyxCallView | undefined): string[] {
  return call?.webhooks.map((hook) => hook.event.replace("call.", "")) ?? [];
}

export const DIAL = { connection_id: "1000000000000000001", to: THEM, from: US };

/** Client state as it travels. */
export function tag(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** A call to `callee`; `react` gets the id and every webhook. */
export async function outbound(
  callee: TelnyxCalleeScript,
  react: (
    webhook: TelnyxWebhook,
    act: ReturnType<typeof telnyxFor>["calls"]["actions"],
    id: string,
  ) => Promise<unknown> | undefined,
  dial: Record<string, unknown> = {},
) {
  const started = Promise.withResolvers<ReturnType<typeof telnyxFor>>();
  const app = await startTelnyxApp(async (webhook) => {
    const client = await started.promise;
    await react(webhook, client.calls.actions, String(webhook.payload["call_control_id"]));
  });
  const emulator = await startTelnyxEmulator({ callee, webhookUrl: `${app.url}/voice` });
  const client = telnyxFor(emulator);
  started.resolve(client);
  await client.calls.dial({ ...DIAL, ...dial });
  return {
    emulator,
    client,
    app,
    async [Symbol.asyncDispose]() {
      await emulator[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
    },
  };
}
