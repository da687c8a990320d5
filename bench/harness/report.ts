// What a benchmark yields, and how it is printed: aligned rows with figure, floor, ratio, CPU, goal and verdict.

export interface Row {
  bench: string;
  figure: string;
  /** With its unit. */
  measured: string;
  /** CPU time per operation, of ours and (after "vs") of the floor. */
  cpu?: string;
  /** The named floor and its figure. */
  floor?: string;
  ratio?: number;
  goal?: string;
  /** Absent when the row has no goal of its own. */
  met?: boolean;
}

const titles = ["bench", "figure", "measured", "CPU / operation", "floor", "ratio", "goal", ""];

function cells(row: Row): string[] {
  const verdict = row.met === undefined ? "" : row.met ? "met" : "MISSED";
  const ratio = row.ratio === undefined ? "-" : row.ratio.toFixed(2);
  return [row.bench, row.figure, row.measured, row.cpu ?? "-", row.floor ?? "-", ratio, row.goal ?? "-", verdict];
}

export function printTable(rows: readonly Row[]): void {
  const table = [titles, ...rows.map(cells)];
  const widths = titles.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  const text = table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  console.log(`\n${text[0]}\n${widths.map((width) => "-".repeat(width)).join("  ")}\n${text.slice(1).join("\n")}\n`);
}

/** A line of progress on stderr, so that stdout holds the tables alone. */
export function note(text: string): void {
  process.stderr.write(`  ${text}\n`);
}
