// Answering-machine detection: what is told after an answered call, and when.
import type { Clock } from "../clock.ts";

export const DETECTIONS = ["disabled", "detect", "detect_beep", "detect_words", "greeting_end", "premium"] as const;
export type Detection = (typeof DETECTIONS)[number];

export interface DetectionPorts {
  readonly clock: Clock;
  readonly lifetime: AbortSignal;
  readonly tell: (event: string, fields: Record<string, unknown>) => void;
}

const VERDICT_MS = 2000;
const GREETING_MS = 5000;
const PREMIUM_VERDICTS = { human: "human_residence", machine: "machine", not_sure: "not_sure" } as const;

/** Tells the verdict after two seconds, and of a machine the end of its greeting where that was asked for. */
export function detect(
  detection: Detection,
  answeredBy: "human" | "machine" | "not_sure",
  { clock, lifetime, tell }: DetectionPorts,
): void {
  if (detection === "disabled") {
    return;
  }
  const isPremium = detection === "premium";
  const stem = isPremium ? "call.machine.premium" : "call.machine";
  const result = isPremium ? PREMIUM_VERDICTS[answeredBy] : answeredBy;
  clock.later(VERDICT_MS, () => tell(`${stem}.detection.ended`, { result }), lifetime);
  if (answeredBy === "machine" && detection !== "detect" && detection !== "detect_words") {
    const ending = detection === "greeting_end" ? "ended" : "beep_detected";
    clock.later(GREETING_MS, () => tell(`${stem}.greeting.ended`, { result: ending }), lifetime);
  }
}
