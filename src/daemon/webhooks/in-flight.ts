// How many bodies of unverified requests are being read at once; who came first gives way, so that nobody is shut out.

const mostPerPeer = 32;
const mostInAll = 256;

export interface Entry {
  leave(): void;
}

interface Reading extends Entry {
  peer: string;
  giveWay(): void;
}

export class InFlight {
  /** In order of arrival. */
  readonly #reading = new Set<Reading>();

  /**
   * Lets a request in. A slow one that came before gives way to it when its peer (or everybody) reads too many:
   * behind a tunnel all peers look the same, and the carrier must get through beside others' slow bodies.
   */
  enter(peer: string, giveWay: () => void): Entry {
    const reading: Reading = { peer, giveWay, leave: () => this.#reading.delete(reading) };
    this.#reading.add(reading);
    const samePeer = [...this.#reading].filter((other) => other.peer === peer);
    const crowd = samePeer.length > mostPerPeer ? samePeer : this.#reading.size > mostInAll ? [...this.#reading] : [];
    const [oldest] = crowd;
    if (oldest !== undefined) {
      oldest.leave();
      oldest.giveWay();
    }
    return reading;
  }
}
