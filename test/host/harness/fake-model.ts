// An OpenAI-compatible chat model on loopback, whose replies are scripted by marker words and whose pace a test holds in its hand.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface ModelRequest {
  model: string;
  /** The newest words of a user, without what the host adds for its own ends. */
  prompt: string;
  /** All messages, with what the host adds for its own ends. */
  everything: string;
  /** Everything users said before and now, oldest first. */
  userTexts: string[];
  systemPrompt: string;
  /** Names of the tools that the model may use. */
  tools: string[];
  /** Results of tools since the prompt. */
  toolResults: string[];
  /** Aborted when the host gives the request up. */
  signal: AbortSignal;
  startedAt: number;
}

/** What the model does next: it writes, or it asks for a tool. */
export type Move = { say: string } | { use: string; args: Record<string, unknown> };
export type Script = (request: ModelRequest) => AsyncIterable<Move>;

export interface Timed {
  text: string;
  /** Epoch ms with fractions. */
  at: number;
}

export interface FakeModel extends AsyncDisposable {
  readonly url: string;
  /** Takes any text, and notes when it came. */
  readonly echoUrl: string;
  readonly echoed: Timed[];
  readonly requests: ModelRequest[];
  /** When the words were handed to the network, by the text so far of each reply. */
  readonly written: Timed[];
  /** The script of prompts that hold the marker; the newest script wins. */
  on(marker: string, script: Script): void;
}

interface Message {
  role: string;
  content?: unknown;
}

const internal = "<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>";

export async function startFakeModel(): Promise<FakeModel> {
  const scripts: [string, Script][] = [];
  const requests: ModelRequest[] = [];
  const written: Timed[] = [];
  const echoed: Timed[] = [];
  const server = createServer((request, response) => {
    void answer(request, response, { scripts, requests, written, echoed }).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    echoUrl: `http://127.0.0.1:${address.port}/echo`,
    echoed,
    requests,
    written,
    on: (marker, script) => void scripts.unshift([marker, script]),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Desk {
  scripts: [string, Script][];
  requests: ModelRequest[];
  written: Timed[];
  echoed: Timed[];
}

async function answer(request: IncomingMessage, response: ServerResponse, desk: Desk): Promise<void> {
  const at = performance.timeOrigin + performance.now();
  const body = await bodyOf(request);
  if (request.url === "/echo") {
    desk.echoed.push({ text: body, at });
    response.end();
    return;
  }
  if (request.method !== "POST" || request.url?.endsWith("/chat/completions") !== true) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ object: "list", data: [] }));
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const asked = understood(JSON.parse(body), gone.signal);
  desk.requests.push(asked);
  const script = desk.scripts.find(([marker]) => asked.prompt.includes(marker))?.[1] ?? otherwise;
  response.writeHead(200, { "content-type": "text/event-stream" });
  const stream = new Stream(response, asked.model);
  let text = "";
  let used = 0;
  for await (const move of script(asked)) {
    if (gone.signal.aborted) return;
    if ("say" in move) {
      text += move.say;
      desk.written.push({ text, at: performance.timeOrigin + performance.now() });
      stream.send({ content: move.say });
    } else {
      const call = { name: move.use, arguments: JSON.stringify(move.args) };
      stream.send({
        tool_calls: [{ index: used, id: `call_${desk.requests.length}_${used}`, type: "function", function: call }],
      });
      used += 1;
    }
  }
  stream.end(used > 0 ? "tool_calls" : "stop");
}

async function* otherwise(): AsyncIterable<Move> {
  yield { say: "Understood." };
}

class Stream {
  readonly #response: ServerResponse;
  readonly #head: Record<string, unknown>;

  constructor(response: ServerResponse, model: string) {
    this.#response = response;
    this.#head = { id: "chatcmpl-fake", object: "chat.completion.chunk", created: 1, model };
  }

  send(delta: Record<string, unknown>): void {
    this.#chunk([{ index: 0, delta: { role: "assistant", ...delta }, finish_reason: null }]);
  }

  end(reason: string): void {
    this.#chunk([{ index: 0, delta: {}, finish_reason: reason }]);
    this.#chunk([], { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 });
    this.#response.end("data: [DONE]\n\n");
  }

  #chunk(choices: unknown[], usage?: unknown): void {
    this.#response.write(
      `data: ${JSON.stringify({ ...this.#head, choices, ...(usage !== undefined && { usage }) })}\n\n`,
    );
  }
}

function understood(body: unknown, signal: AbortSignal): ModelRequest {
  const {
    model = "",
    messages = [],
    tools = [],
  } = body as {
    model?: string;
    messages?: Message[];
    tools?: { function?: { name?: string } }[];
  };
  // The host closes every request with words of its own in the user's name.
  const said = messages.filter(({ role, content }) => role !== "user" || !textOf(content).includes(internal));
  const lastUser = said.findLastIndex(({ role }) => role === "user");
  return {
    model,
    prompt: textOf(said[lastUser]?.content),
    everything: messages.map(({ content }) => textOf(content)).join("\n"),
    userTexts: said.filter(({ role }) => role === "user").map(({ content }) => textOf(content)),
    systemPrompt: said
      .filter(({ role }) => role === "system" || role === "developer")
      .map(({ content }) => textOf(content))
      .join("\n"),
    tools: tools.map((tool) => tool.function?.name ?? ""),
    toolResults: said
      .slice(lastUser + 1)
      .filter(({ role }) => role === "tool")
      .map(({ content }) => textOf(content)),
    signal,
    startedAt: Date.now(),
  };
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown }) => (typeof part.text === "string" ? part.text : "")).join("");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const piece of request) body += String(piece);
  return body;
}
