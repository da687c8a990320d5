// Puts the results of turns, which may come in any order, late, twice or never, into the order in which they were spoken.

export type TurnOutcome = { text: string } | { missed: string };

export interface TurnOrderPorts {
  after(ms: number, task: () => void): () => void;
  /** In the order of the turns, each once. */
  release(outcome: TurnOutcome, endsAt: number | undefined): void;
}

interface Turn {
  id: string;
  /** What was understood so far. */
  text: string;
  ordered: boolean;
  outcome?: TurnOutcome;
  endsAt?: number | undefined;
  cancel(): void;
}

/** More turns than can be open at a time; beyond them the service talks nonsense, or nothing comes back from it. */
const mostTurns = 64;
const never = (): void => {};

export class TurnOrder {
  readonly #ports: TurnOrderPorts;
  readonly #deadlineMs: number;
  readonly #turns = new Map<string, Turn>();
  #order: Turn[] = [];
  readonly #released = new Set<string>();
  #lastMissed: string | undefined;

  /** `deadlineMs`: how long a turn that is over is waited for. */
  constructor(ports: TurnOrderPorts, deadlineMs: number) {
    this.#ports = ports;
    this.#deadlineMs = deadlineMs;
  }

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  /** All that was understood and is not released. */
  get partial(): string {
    const loose = [...this.#turns.values()].filter((turn) => !turn.ordered);
    const texts = [...this.#order, ...loose].map(({ text, outcome }) => textOf(outcome) ?? text);
    return texts.filter((text) => text !== "").join(" ");
  }

  grow(id: string, delta: string): void {
    if (this.#released.has(id)) return;
    this.#turn(id).text += delta;
  }

  /** The turn is over, and the next in order. `endsAt`: where its audio ends. */
  close(id: string, endsAt: number | undefined): void {
    if (this.#released.has(id)) return;
    const turn = this.#turn(id);
    turn.endsAt = endsAt;
    if (turn.ordered) return;
    turn.ordered = true;
    this.#order.push(turn);
    if (turn.outcome === undefined) this.#await(turn);
    else this.#release();
  }

  settle(id: string, outcome: TurnOutcome): void {
    if (this.#released.has(id)) {
      this.#settleLate(id, outcome);
      return;
    }
    const turn = this.#turn(id);
    turn.outcome ??= outcome;
    if (turn.ordered) this.#release();
    else this.#await(turn);
  }

  /** Nothing is due until there is a connection again. */
  pause(): void {
    for (const turn of this.#turns.values()) turn.cancel();
  }

  /** Forgets what was not released: it will be heard again. */
  clear(): void {
    this.pause();
    this.#turns.clear();
    this.#order = [];
    this.#released.clear();
    this.#lastMissed = undefined;
  }

  /** Releases everything with what is known of it. */
  drain(): void {
    for (const turn of this.#turns.values()) this.#expire(turn);
  }

  #turn(id: string): Turn {
    const known = this.#turns.get(id);
    if (known !== undefined) return known;
    const [oldest] = this.#turns.values();
    if (oldest !== undefined && this.#turns.size >= mostTurns) this.#expire(oldest);
    const turn: Turn = { id, text: "", ordered: false, cancel: never };
    this.#turns.set(id, turn);
    return turn;
  }

  #await(turn: Turn): void {
    turn.cancel();
    turn.cancel = this.#ports.after(this.#deadlineMs, () => this.#expire(turn));
  }

  #expire(turn: Turn): void {
    if (!turn.ordered) this.#order.push(turn);
    turn.ordered = true;
    turn.outcome ??= turn.text === "" ? { missed: "its words never came" } : { text: turn.text };
    this.#release();
  }

  #release(): void {
    for (let [turn] = this.#order; turn?.outcome !== undefined; [turn] = this.#order) {
      this.#order.shift();
      turn.cancel();
      this.#turns.delete(turn.id);
      this.#remember(turn.id);
      this.#lastMissed = "missed" in turn.outcome ? turn.id : undefined;
      this.#ports.release(turn.outcome, turn.endsAt);
    }
  }

  /** Better late than never, as long as nothing that was said after it is out. */
  #settleLate(id: string, outcome: TurnOutcome): void {
    if (id !== this.#lastMissed || "missed" in outcome) return;
    this.#lastMissed = undefined;
    this.#ports.release(outcome, undefined);
  }

  #remember(id: string): void {
    this.#released.add(id);
    const [oldest] = this.#released;
    if (oldest !== undefined && this.#released.size > mostTurns) this.#released.delete(oldest);
  }
}

function textOf(outcome: TurnOutcome | undefined): string | undefined {
  return outcome !== undefined && "text" in outcome ? outcome.text : undefined;
}
