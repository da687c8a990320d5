// Looks into a running daemon by V8's inspector: what is left on its heap, and which resources it holds.
import { WebSocket } from "ws";
import { freePort } from "./daemon.ts";

/** Of a daemon after all garbage is gone. */
export interface Holdings {
  heapMiB: number;
  /** In all maps and sets together. */
  entries: number;
  /** Timers, sockets, servers. */
  resources: number;
}

interface Reply {
  id: number;
  result?: { result?: { value?: unknown; objectId?: string }; objects?: { objectId: string } };
}

/** Node's options for a process that is looked into, and the port. */
export async function inspected(): Promise<{ nodeOptions: string[]; port: number }> {
  const port = await freePort();
  return { port, nodeOptions: [`--inspect=127.0.0.1:${port}`, "--inspect-publish-uid=http"] };
}

/** The process works on meanwhile, but for the moments in which its heap is searched. */
export async function holdingsAt(port: number): Promise<Holdings> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  const opened = Promise.withResolvers<void>();
  socket.once("open", opened.resolve).once("error", opened.reject);
  await opened.promise;
  try {
    const ask = asker(socket);
    await ask("HeapProfiler.enable");
    for (let time = 0; time < 3; time++) await ask("HeapProfiler.collectGarbage");
    const value = async (expression: string): Promise<number> => {
      const { result } = await ask("Runtime.evaluate", { expression, returnByValue: true });
      return Number(result?.result?.value);
    };
    const heapMiB = (await value("process.memoryUsage().heapUsed")) / 1024 / 1024;
    const resources = await value("process.getActiveResourcesInfo().length");
    return { heapMiB, resources, entries: (await entriesOf(ask, "Map")) + (await entriesOf(ask, "Set")) };
  } finally {
    socket.terminate();
  }
}

type Ask = (method: string, params?: object) => Promise<Reply>;

function asker(socket: WebSocket): Ask {
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  socket.on("message", (data: Buffer) => {
    const reply = JSON.parse(data.toString()) as Reply;
    waiting.get(reply.id)?.(reply);
  });
  return (method, params = {}) =>
    new Promise((resolve) => {
      const id = ++last;
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
}

async function entriesOf(ask: Ask, type: "Map" | "Set"): Promise<number> {
  const prototype = await ask("Runtime.evaluate", { expression: `${type}.prototype` });
  const found = await ask("Runtime.queryObjects", { prototypeObjectId: prototype.result?.result?.objectId });
  const objectId = found.result?.objects?.objectId;
  const functionDeclaration =
    "function () { return this.reduce((sum, one) => sum + (Object.hasOwn(one, 'constructor') ? 0 : one.size), 0); }";
  const counted = await ask("Runtime.callFunctionOn", { objectId, functionDeclaration, returnByValue: true });
  await ask("Runtime.releaseObject", { objectId });
  return Number(counted.result?.result?.value);
}
