// A tour goes step by step: each is told as it happens, and what it promises must hold.

export type Step<Stage> = [title: string, show: (stage: Stage) => Promise<void>];

export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What a step promises must hold; it is told either way. */
export function promised(what: string, holds: boolean): void {
  if (!holds) throw new Error(`not so: ${what}`);
  tell(`   ✓ ${what}`);
}

/** @returns how many steps did not happen. */
export async function showAll<Stage>(steps: readonly Step<Stage>[], stage: Stage): Promise<number> {
  let failed = 0;
  for (const [index, [title, show]] of steps.entries()) {
    tell(`\n${index + 1}. ${title}`);
    try {
      await show(stage);
    } catch (error) {
      failed += 1;
      tell(`   ✗ ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  tell(failed === 0 ? "\nAll of it happened." : `\n${failed} of ${steps.length} did not happen.`);
  return failed;
}
