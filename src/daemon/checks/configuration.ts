// Whether the configuration is right by itself, before anybody is asked.
import type { Check } from "../../router/context.ts";
import type { LiveConfig } from "../live-config.ts";
import { carrierNames, failed, ok, warning } from "./check.ts";

const name = "configuration";

export function checkConfiguration({ current: result, source, file, doubts }: LiveConfig): Check[] {
  const notices = [
    ...doubts.map(({ message, hint }) => warning(name, message, hint)),
    ...result.notices.map((notice) => warning(name, notice, wayOut(notice))),
  ];
  if (!result.ok) return [...result.problems.map((problem) => failed(name, problem)), ...notices];
  if (!result.config.enabled) {
    const hint = "set `enabled: true` in the configuration";
    return [failed(name, { message: "voice calls are switched off (`enabled: false`)", hint }), ...notices];
  }
  if (file === undefined && source === "file") {
    return [warning(name, "there is no configuration file, so calls go through the mock carrier", howToBegin)];
  }
  if (notices.length > 0) return notices;
  const what = source === "file" ? file : "what the Gateway handed over";
  return [ok(name, `${what} is in order; calls go through ${carrierNames[result.config.provider]}`)];
}

const howToBegin = "to call real telephones run `voicecall setup --init`, or set `provider` and its keys by hand";

function wayOut(notice: string): string | undefined {
  return notice.includes("mock carrier") ? howToBegin : undefined;
}
