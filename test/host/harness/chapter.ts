// A chapter of the suite: things done one after the other, each with its line in the report.
import type { Report } from "./report.ts";

/** Thrown when the rest of a chapter makes no sense; it has been reported already. */
class BrokenOff extends Error {}

export interface Chapter {
  readonly name: string;
  readonly report: Report;
  /** Does one thing; a failure is reported and the chapter goes on. */
  does(title: string, act: () => Promise<void>, withinMs?: number): Promise<void>;
  /** Does one thing without which the rest of the chapter makes no sense. */
  needs<T>(title: string, act: () => Promise<T>, withinMs?: number): Promise<T>;
}

const usualLimitMs = 120_000;

/** Tells a chapter to its end; never rejects. */
export async function tell(name: string, report: Report, story: (chapter: Chapter) => Promise<void>): Promise<void> {
  const needs = async <T>(title: string, act: () => Promise<T>, withinMs = usualLimitMs): Promise<T> => {
    const startedAt = performance.now();
    try {
      const result = await within(withinMs, act());
      report.passed(`${name}: ${title}`, performance.now() - startedAt);
      return result;
    } catch (error) {
      report.broke(`${name}: ${title}`, error);
      throw new BrokenOff(title, { cause: error });
    }
  };
  const does = async (title: string, act: () => Promise<void>, withinMs?: number): Promise<void> => {
    await needs(title, act, withinMs).catch(() => undefined);
  };
  try {
    await story({ name, report, needs, does });
  } catch (error) {
    if (error instanceof BrokenOff) report.note(`${name}: broken off after: ${error.message}`);
    else report.broke(`${name}: broken off`, error);
  }
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
