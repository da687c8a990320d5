// What every benchmark is told.

export interface BenchOptions {
  /** Interleaved rounds, of which the median counts. */
  rounds: number;
  /** Shorter and without the million events. */
  quick: boolean;
  /** Where the daemon's CPU profile goes, when one is wanted. */
  profileDir?: string;
}
