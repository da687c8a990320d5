// A WebSocket client of a running Gateway: its methods without the seconds that a start of the command line costs.

export interface GatewayEvent {
  event: string;
  payload: unknown;
}

/** A refusal by the Gateway or by a method. */
export class GatewayRefusal extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;

  constructor(error: { code?: string; message?: string; details?: Record<string, unknown> }) {
    super(error.message ?? "refused");
    this.code = error.code ?? "";
    this.details = error.details ?? {};
  }
}

export interface GatewayClient extends Disposable {
  /** @throws GatewayRefusal */
  call(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  readonly events: readonly GatewayEvent[];
}

type Scope = "operator.read" | "operator.write" | "operator.admin";

interface Frame {
  type?: string;
  id?: string;
  event?: string;
  ok?: boolean;
  payload?: unknown;
  error?: { code?: string; message?: string };
}

interface Waiting {
  resolve(payload: Record<string, unknown>): void;
  reject(error: Error): void;
}

export async function connectToGateway(
  { port, token }: { port: number; token: string },
  scopes: Scope[],
): Promise<GatewayClient> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  const waiting = new Map<string, Waiting>();
  const events: GatewayEvent[] = [];
  let challenged = (): void => undefined;
  const challenge = new Promise<void>((resolve) => (challenged = resolve));
  socket.addEventListener("message", ({ data }) => {
    const frame = JSON.parse(String(data)) as Frame;
    if (frame.event === "connect.challenge") challenged();
    else if (frame.type === "event") events.push({ event: frame.event ?? "", payload: frame.payload });
    else if (frame.type === "res") settle(waiting, frame);
  });
  socket.addEventListener("close", () => {
    for (const { reject } of waiting.values()) reject(new Error("the Gateway closed the connection"));
    waiting.clear();
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error(`no Gateway on port ${port}`)), { once: true });
  });
  await challenge;
  let count = 0;
  const call = (method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> => {
    count += 1;
    const id = String(count);
    const reply = new Promise<Record<string, unknown>>((resolve, reject) => waiting.set(id, { resolve, reject }));
    socket.send(JSON.stringify({ type: "req", id, method, params }));
    return reply;
  };
  await call("connect", {
    minProtocol: 4,
    maxProtocol: 4,
    client: { id: "gateway-client", version: "0", platform: process.platform, mode: "backend" },
    role: "operator",
    scopes,
    caps: [],
    auth: { token },
  });
  return { call, events, [Symbol.dispose]: () => socket.close() };
}

function settle(waiting: Map<string, Waiting>, { id = "", ok, payload, error }: Frame): void {
  const one = waiting.get(id);
  waiting.delete(id);
  if (ok === true) one?.resolve((payload ?? {}) as Record<string, unknown>);
  else one?.reject(new GatewayRefusal(error ?? {}));
}
