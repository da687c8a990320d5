// Answers callers' turns: claims what is offered, runs the handler, and sends its words as they come.
import { CallError } from "../call/error.ts";
import type { OfferItem, TurnOffer } from "../router/context.ts";
import type { ConnectionOptions } from "./connection.ts";
import { stayConnected } from "./stay-connected.ts";
import type { Subscribe } from "./subscription.ts";
import type { CallerTurn, AnswerTurn } from "./voice-call.ts";

/** Orders on one turn, as the daemon knows them. */
export interface TurnOrders {
  claim(turn: { callId: string; offerId: string; responder: string }): Promise<TurnOffer>;
  reply(piece: {
    callId: string;
    offerId: string;
    responder: string;
    text: string;
    final: boolean;
    endCall: boolean;
  }): Promise<void>;
  fail(turn: { callId: string; offerId: string; responder: string; message: string }): Promise<void>;
}

export interface Answering {
  options: ConnectionOptions;
  orders: TurnOrders;
  responder: string;
  signal: AbortSignal;
}

/** Settles with the signal. */
export async function answerTurns(
  handler: AnswerTurn,
  { options, orders, responder, signal }: Answering,
): Promise<void> {
  const running = new Map<string, AbortController>();
  const next = (): Subscribe<OfferItem[]> => (client, handlers) =>
    client.turns.offers.subscribe({ responder }, handlers);
  try {
    for await (const items of stayConnected(options, next, signal)) for (const item of items) take(item);
  } finally {
    for (const turn of running.values()) turn.abort(over());
  }

  function take(item: OfferItem): void {
    if (item.type === "settled") running.get(nameOf(item))?.abort(over());
    else begin(item.offer);
  }

  function begin(offer: TurnOffer): void {
    const name = nameOf(offer);
    running.get(name)?.abort(over());
    const turn = new AbortController();
    running.set(name, turn);
    void answerOne(offer, handler, { orders, responder, turn }).finally(() => {
      if (running.get(name) === turn) running.delete(name);
    });
  }
}

interface OneTurn {
  orders: TurnOrders;
  responder: string;
  turn: AbortController;
}

async function answerOne(offered: TurnOffer, handler: AnswerTurn, { orders, responder, turn }: OneTurn): Promise<void> {
  const reference = { callId: offered.callId, offerId: offered.offerId, responder };
  try {
    const offer = await orders.claim(reference);
    const send = (text: string, { final = false, endCall = false } = {}): Promise<void> => {
      turn.signal.throwIfAborted();
      return orders.reply({ ...reference, text, final, endCall });
    };
    let isEnding = false;
    const caller: CallerTurn = {
      ...offer,
      signal: turn.signal,
      say: (text) => send(text),
      endCall: () => {
        isEnding = true;
      },
    };
    const last = await handler(caller);
    await send(last ?? "", { final: true, endCall: isEnding });
  } catch (error) {
    // Taken by another, spoken over or hung up: nothing is left to answer.
    if (turn.signal.aborted || (error instanceof CallError && error.code === "TURN_TAKEN")) return;
    const message = error instanceof Error ? error.message : String(error);
    await orders.fail({ ...reference, message: message.slice(0, 1000) }).catch(() => undefined);
  }
}

function nameOf({ callId, offerId }: { callId: string; offerId: string }): string {
  return `${callId} ${offerId}`;
}

function over(): CallError {
  return new CallError("TURN_TAKEN", "the turn is over: the caller spoke on, hung up, or somebody else answered");
}
