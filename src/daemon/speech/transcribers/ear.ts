// One call's ear at a service: audio in, kept until it is words; the service's words out, whatever happens to the socket.
import type { Cancel, Clock, Log } from "../../deps.ts";
import type { HeardEvent, Transcription, TranscriptionOptions, UlawFrame } from "../transcriber.ts";
import { Backlog, commitMark } from "./backlog.ts";
import { parseMessage } from "./fields.ts";
import { Link } from "./link.ts";
import type { Dialect, Floor, Service } from "./service.ts";
import { silentFrame } from "./frames.ts";

export interface EarDeps {
  clock: Clock;
  log: Log;
}

const frameMs = 20;
const watchEveryMs = 500;
/** So much of a socket's own buffer; more waits here, where the oldest can be dropped. */
const mostBufferedBytes = 256 * 1024;
const blockedForMs = 5000;
/** After a commit the service has to say something. */
const answerWithinMs = 4000;
/** A carrier that sends nothing for so long gets silence in its place. */
const gapMs = 750;
/** Of audio in which the service heard nobody, what it may not yet have looked at. */
const undecidedBytes = 40_000;

export class Ear implements Transcription {
  readonly #service: Service;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #heard: (event: HeardEvent) => void;
  readonly #backlog: Backlog;
  readonly #dialect: Dialect;
  readonly #link: Link;
  readonly #framesPerMessage: number;
  #watch: Cancel = () => {};
  #over = false;
  /** Where the present socket's audio begins. */
  #base = 0;
  #pushedAt: number;
  #sentAt = 0;
  #blockedSince: number | undefined;
  #answerBy: number | undefined;
  #deaf = false;
  #unreadable = 0;

  constructor(service: Service, options: TranscriptionOptions, { clock, log }: EarDeps) {
    this.#service = service;
    this.#clock = clock;
    this.#log = log;
    this.#heard = options.heard;
    this.#framesPerMessage = Math.max(1, Math.round(service.capabilities.chunkMs / frameMs));
    this.#backlog = new Backlog((frame) => service.lengthOf(frame));
    this.#pushedAt = clock.now();
    this.#dialect = service.createDialect(this.#floor());
    this.#link = new Link(service, clock, {
      opened: () => this.#dialect.opened(),
      text: (text) => this.#receive(text),
      binary: () => this.#unread(),
      down: (why) => this.#down(why),
      closed: () => this.#closed(),
      lost: (why, hint) => this.#lost(why, hint),
    });
    this.#link.connect();
    this.#tick();
  }

  push(frame: UlawFrame): void {
    if (this.#over) return;
    this.#pushedAt = this.#clock.now();
    this.#backlog.push(frame);
    this.#pump();
  }

  commit(): void {
    if (this.#over) return;
    this.#backlog.mark();
    this.#pump();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.#link.close(this.#dialect.farewell);
  }

  #stop(): void {
    this.#over = true;
    this.#watch();
    this.#dialect.dispose();
  }

  #floor(): Floor {
    return {
      ready: () => this.#ready(),
      heard: (event) => this.#tell(event),
      after: (ms, task) => (this.#over ? () => {} : this.#clock.after(ms, task)),
      position: () => this.#backlog.sentUpTo,
      positionAt: (sessionMs) => Math.min(this.#base + sessionMs * 8, this.#backlog.sentUpTo),
      settle: (position) => this.#backlog.forget(position),
      renew: (why) => this.#link.renew(why),
      giveUp: (why, hint) => this.#link.giveUp(`${this.#service.name}: ${why}`, hint),
      note: (code) => this.#log.warn({ service: this.#service.id, code }, "the recogniser complains"),
    };
  }

  /** Sends what waits, as far as the socket takes it. */
  #pump(): void {
    while (this.#link.isReady) {
      const next = this.#backlog.next(this.#framesPerMessage);
      if (next === undefined) return;
      if (this.#link.bufferedBytes > mostBufferedBytes) {
        this.#blockedSince ??= this.#clock.now();
        return;
      }
      this.#blockedSince = undefined;
      this.#backlog.advance(next);
      this.#sentAt = this.#clock.now();
      if (next === commitMark) this.#sendCommit();
      else this.#link.send(this.#dialect.audio(next));
    }
  }

  #sendCommit(): void {
    const message = this.#dialect.commit();
    if (message === undefined) return;
    this.#link.send(message);
    this.#answerBy ??= this.#clock.now() + answerWithinMs;
  }

  #receive(text: string): void {
    const message = parseMessage(text);
    if (message === undefined) {
      this.#unread();
      return;
    }
    this.#answerBy = undefined;
    this.#dialect.receive(message);
  }

  #unread(): void {
    this.#unreadable += 1;
    if (this.#unreadable === 1)
      this.#log.warn({ service: this.#service.id }, "the recogniser sends what cannot be read");
  }

  #tell(event: HeardEvent): void {
    if (this.#over) return;
    if (event.type === "speechStarted") this.#answerBy = this.#clock.now() + this.#service.quietAfterSpeechMs;
    if (event.type === "partial" || event.type === "final") this.#deaf = false;
    this.#heard(event);
  }

  #ready(): void {
    if (this.#link.isReady) return;
    this.#link.ready();
    this.#base = this.#backlog.rewind();
    this.#sentAt = this.#clock.now();
    this.#tell({ type: "ready" });
    this.#pump();
  }

  #down(why: string): void {
    this.#log.warn(
      { service: this.#service.id, why, keptMs: this.#backlog.keptMs },
      "connecting to the recogniser anew",
    );
    this.#tell({ type: "interrupted", message: `${this.#service.name}: ${why}` });
  }

  #closed(): void {
    this.#answerBy = undefined;
    this.#blockedSince = undefined;
    this.#dialect.closed();
  }

  #lost(why: string, hint: string | undefined): void {
    if (this.#over) return;
    this.#dialect.finish();
    this.#log.error({ service: this.#service.id, why, droppedMs: this.#backlog.droppedMs }, "the recogniser is lost");
    this.#tell({ type: "lost", message: why, ...(hint !== undefined && { hint }) });
    this.#stop();
  }

  #tick(): void {
    this.#watch = this.#clock.after(watchEveryMs, () => {
      this.#tick();
      this.#fillGap();
      if (this.#link.isReady) this.#look();
    });
  }

  /** One look at all that can be wrong with a session, or due. */
  #look(): void {
    const now = this.#clock.now();
    const { renewal, keepAlive } = this.#service;
    const old =
      renewal !== undefined && this.#link.ageMs >= (this.#dialect.busy ? renewal.afterMs : renewal.inSilenceAfterMs);
    if (old) {
      this.#link.renew("the session is near the service's limit", true);
    } else if (this.#answerBy !== undefined && now >= this.#answerBy) {
      this.#answerIsMissing();
    } else if (this.#blockedSince !== undefined && now - this.#blockedSince >= blockedForMs) {
      this.#link.renew("it takes no more audio");
    } else {
      if (!this.#dialect.busy) this.#forgetSilence();
      if (keepAlive !== undefined && now - this.#sentAt >= keepAlive.afterMs) this.#keepAlive(keepAlive.message);
      this.#pump();
      this.#link.probe();
    }
  }

  /** Twice without a word between, and it is deaf for good. */
  #answerIsMissing(): void {
    const why = "it says nothing about what it hears";
    if (this.#deaf) {
      this.#link.giveUp(`${this.#service.name}: ${why}`);
    } else {
      this.#deaf = true;
      this.#link.renew(why);
    }
  }

  #keepAlive(message: string): void {
    this.#sentAt = this.#clock.now();
    this.#link.send(message);
  }

  #fillGap(): void {
    const quietMs = this.#clock.now() - this.#pushedAt;
    if (quietMs < gapMs || !(this.#service.alwaysAudio || this.#dialect.busy) || !this.#link.isReady) return;
    for (let filledMs = 0; filledMs < quietMs; filledMs += frameMs) this.push(silentFrame);
  }

  /** What lies further back than the service can still be thinking about needs no second hearing. */
  #forgetSilence(): void {
    if (this.#service.capabilities.speechStart) this.#backlog.forget(this.#backlog.sentUpTo - undecidedBytes);
  }
}
