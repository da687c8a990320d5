// Generator process: a carrier's emulator with callers, and the responder who answers them. Prints how long each first
// sentence took to become an order. Run by `responder.ts` with a ResponderLoad as JSON in its only argument.
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../src/client/index.ts";
import { startTelnyxEmulator, startTwilioEmulator } from "../../src/emulator/index.ts";
import { accounts, caller, ownNumber, publicUrl } from "./accounts.ts";

export interface ResponderLoad {
  carrier: "twilio" | "telnyx";
  turns: number;
  webhookPort: number;
  /** Where the emulator takes orders. */
  restPort: number;
  stateDir: string;
  configFile: string;
}

export interface ResponderLoadResult {
  latenciesMs: number[];
  /** Turns whose sentence was not ordered within a second. */
  unordered: number;
}

const turnsOfACall = 20;
/** How long the model thinks: the line has then been told to wait. */
const thinkMs = 60;
const patienceMs = 1000;
/** The turns before the measured ones, for warming up. */
const warmUp = 10;

/** Calls our number; the caller speaks again after each answer. */
type CallIn = () => void;

/** Tells of each order that makes the line speak. */
type OnOrder = () => void;

async function startLine(load: ResponderLoad, onOrder: OnOrder): Promise<AsyncDisposable & { callIn: CallIn }> {
  const routes = [{ public: new URL(publicUrl).origin, target: `http://127.0.0.1:${load.webhookPort}` }];
  // A caller who spoke on before the answer came would take the turn away.
  const reply = (heard: string): string | null => (/Welcome|What else/.test(heard) ? "What time is it?" : null);
  const parties = { from: caller, to: ownNumber, caller: { reply } };
  if (load.carrier === "twilio") {
    const twilio = await startTwilioEmulator({
      ...accounts.twilio,
      routes,
      port: load.restPort,
      onEvent: (event) => {
        if (event.type === "document" && event.document.url === null) onOrder();
      },
    });
    const statusCallbackUrl = `${publicUrl}?kind=status`;
    return {
      callIn: () => void twilio.inbound({ ...parties, voiceUrl: publicUrl, statusCallbackUrl }),
      [Symbol.asyncDispose]: () => twilio[Symbol.asyncDispose](),
    };
  }
  const { apiKey, connectionId } = accounts.telnyx;
  const telnyx = await startTelnyxEmulator({
    apiKey,
    connectionId,
    routes,
    port: load.restPort,
    webhookUrl: publicUrl,
    onEvent: (event) => {
      if (event.type === "command" && event.command.action === "speak") onOrder();
    },
  });
  return {
    callIn: () => void telnyx.inbound(parties),
    [Symbol.asyncDispose]: () => telnyx[Symbol.asyncDispose](),
  };
}

async function play(load: ResponderLoad): Promise<ResponderLoadResult> {
  const found: number[] = [];
  let unordered = 0;
  let arrived: PromiseWithResolvers<number | undefined> = Promise.withResolvers();
  await using line = await startLine(load, () => arrived.resolve(performance.now()));
  await using voice = await connect({ stateDir: load.stateDir, configFile: load.configFile, autoStart: false });
  const stop = new AbortController();
  let lastTurnAt = performance.now();
  const answering = voice.turns.answer(
    async (turn) => {
      await sleep(thinkMs);
      lastTurnAt = performance.now();
      arrived = Promise.withResolvers();
      await turn.say("It is nine o'clock in the morning. ");
      const at = await Promise.race([arrived.promise, sleep(patienceMs)]);
      if (at === undefined) unordered++;
      else found.push(at - lastTurnAt);
      return "What else can I do?";
    },
    { signal: stop.signal },
  );
  while ((await voice.system.health()).followers === 0) await sleep(10);
  for (const end = performance.now() + 40_000; found.length + unordered < load.turns + warmUp;) {
    if (performance.now() > end) throw new Error(`only ${found.length} turns in time`);
    const before = found.length + unordered;
    line.callIn();
    lastTurnAt = performance.now();
    while (found.length + unordered < before + turnsOfACall && performance.now() - lastTurnAt < 3000) await sleep(20);
    await sleep(200);
  }
  stop.abort();
  await answering;
  return { latenciesMs: found.slice(warmUp), unordered };
}

if (import.meta.main) {
  const load: ResponderLoad = JSON.parse(process.argv[2] ?? "");
  console.log(JSON.stringify(await play(load)));
  process.exit();
}
