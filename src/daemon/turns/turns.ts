// Turns of callers, offered to responders: who is there, who has claimed which, and replies sentence by sentence.
import { claimTurn, failTurn, leaveUnattended, releaseTurns, replyToTurn } from "../../call/decide-offer.ts";
import { CallError } from "../../call/error.ts";
import type { StoredEvent } from "../../call/event.ts";
import { SentenceCutter } from "../../call/sentences.ts";
import { spokenText } from "../../call/spoken-text.ts";
import type { CallState } from "../../call/state.ts";
import { viewOf } from "../../call/view.ts";
import type { OfferItem, ReplyPiece, TurnReference, TurnOffer, Turns } from "../../router/context.ts";
import type { CallRegistry } from "../calls/registry.ts";
import type { Clock, Log } from "../deps.ts";
import type { CountedFeed } from "../store/feed.ts";

export interface TurnsPorts {
  registry: CallRegistry;
  feed: CountedFeed;
  clock: Clock;
  log: Log;
  /** How long words wait while no responder is there, in ms. */
  unattendedAfterMs(): number;
  /** How long responders that have all left are waited for, in ms, counted from when the last one left. */
  backWithinMs(): number;
  /** The first piece of a reply has come, whether or not it can be spoken yet. */
  firstPiece(callId: string, offerId: string): void;
}

export class TurnDesk implements Turns {
  readonly #ports: TurnsPorts;
  /** Open subscriptions by responder. */
  readonly #present = new Map<string, number>();
  /** When the last one left, by the monotonic clock. */
  #leftAt = -Infinity;
  /** Replies being written, by call and offer. */
  readonly #replies = new Map<string, SentenceCutter>();

  constructor(ports: TurnsPorts) {
    this.#ports = ports;
  }

  /** How many are there to answer callers. */
  get responders(): number {
    return this.#present.size;
  }

  /** The open turns, then each new one, and what becomes of those that were offered. */
  async *offers({ responder }: { responder: string }, signal: AbortSignal): AsyncGenerator<OfferItem[]> {
    this.#present.set(responder, (this.#present.get(responder) ?? 0) + 1);
    try {
      const live = this.#ports.feed.follow({ congested: () => false, after: this.#ports.feed.position() }, signal);
      const open = this.#ports.registry.actors().flatMap(({ state }) => offerOf(state));
      if (open.length > 0) yield open.map((offer) => ({ type: "offer", offer }));
      for await (const events of live) {
        const items = events.flatMap((event) => this.#item(event));
        if (items.length > 0) yield items;
      }
    } finally {
      await this.#leave(responder);
    }
  }

  async claim({ callId, offerId, responder }: TurnReference): Promise<TurnOffer> {
    const actor = this.#actor(callId);
    await actor.tell([(state) => claimTurn(state, offerId, responder)]);
    this.#replies.set(key(callId, offerId), new SentenceCutter());
    const [offer] = offerOf(actor.state, { claimed: true });
    if (offer === undefined) throw new CallError("TURN_TAKEN", "this turn is no longer open", { callId });
    return offer;
  }

  /** @throws CallError `TURN_TAKEN` when the turn is over for this responder; nothing of the piece is spoken then. */
  async reply({ callId, offerId, responder, text, final, endCall }: ReplyPiece): Promise<void> {
    const cutter = this.#replies.get(key(callId, offerId)) ?? new SentenceCutter();
    if (text !== "") this.#ports.firstPiece(callId, offerId);
    this.#replies.set(key(callId, offerId), cutter);
    const pieces = [...cutter.push(text), ...(final ? cutter.flush() : [])];
    const sentences = pieces.map(spokenText).filter((sentence) => sentence !== "");
    if (final) this.#replies.delete(key(callId, offerId));
    if (sentences.length === 0 && !final) return;
    await this.#actor(callId).tell([(state) => replyToTurn(state, { offerId, responder, sentences, final, endCall })]);
  }

  async fail({ callId, offerId, responder, message }: TurnReference & { message: string }): Promise<void> {
    this.#replies.delete(key(callId, offerId));
    await this.#actor(callId).tell([(state) => failTurn(state, { offerId, responder, message })]);
  }

  /** Called for each stored event of a call: a turn that nobody is there for must not stay in silence. */
  noticed(callId: string, event: StoredEvent): void {
    if (event.type === "turn.settled") this.#replies.delete(key(callId, event.offerId));
    if (event.type !== "turn.offered" && event.type !== "turn.released") return;
    this.#expectSomebody(callId, event.offerId, this.#ports.unattendedAfterMs());
  }

  #expectSomebody(callId: string, offerId: string, withinMs: number): void {
    const { clock } = this.#ports;
    clock.after(withinMs, () => {
      if (this.#present.size > 0) return;
      const backInMs = this.#leftAt + this.#ports.backWithinMs() - clock.monotonic();
      if (backInMs > 0) return this.#expectSomebody(callId, offerId, backInMs);
      const told = this.#ports.registry.find(callId)?.tell([(state) => leaveUnattended(state, offerId)]);
      told?.catch((error: unknown) =>
        this.#ports.log.error({ callId, error: String(error) }, "an unattended turn was not settled"),
      );
    });
  }

  async #leave(responder: string): Promise<void> {
    const left = (this.#present.get(responder) ?? 1) - 1;
    if (left > 0) {
      this.#present.set(responder, left);
      return;
    }
    this.#present.delete(responder);
    this.#leftAt = this.#ports.clock.monotonic();
    const released = this.#ports.registry
      .actors()
      .map((actor) => actor.tell([(state) => releaseTurns(state, responder)]));
    await Promise.allSettled(released);
  }

  #item(event: StoredEvent): OfferItem[] {
    const { callId } = event;
    if (event.type === "turn.settled")
      return [{ type: "settled", callId, offerId: event.offerId, outcome: event.outcome }];
    if (event.type !== "turn.offered" && event.type !== "turn.released") return [];
    return offerOf(this.#ports.registry.find(callId)?.state)
      .filter(({ offerId }) => offerId === event.offerId)
      .map((offer) => ({ type: "offer", offer }));
  }

  #actor(callId: string): ReturnType<CallRegistry["actors"]>[number] {
    const actor = this.#ports.registry.find(callId);
    if (actor === undefined) throw new CallError("TURN_TAKEN", "the call is over", { callId });
    return actor;
  }
}

function key(callId: string, offerId: string): string {
  return `${callId} ${offerId}`;
}

function offerOf(state: CallState | undefined, { claimed = false } = {}): TurnOffer[] {
  const { offer } = state ?? {};
  if (state === undefined || offer === undefined || (offer.claimedBy !== undefined) !== claimed) return [];
  const { sessionKey = "", route, direction, from, to, timers } = state;
  return [
    {
      offerId: offer.offerId,
      callId: state.callId,
      text: offer.text,
      call: viewOf(state),
      caller: { number: direction === "inbound" ? from : to, assurance: "low" },
      sessionKey,
      deadlineAt: timers.response ?? 0,
      ...route,
    },
  ];
}
