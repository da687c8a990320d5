// The plugin's entry, in the shape that OpenClaw loads: tells it what there is, and starts nothing.
import { registerCommands } from "./cli.ts";
import { configPrefixes } from "./config-section.ts";
import type { HostApi } from "./host.ts";
import { prefixedLog } from "./log.ts";
import { registerMethods } from "./methods.ts";
import { reach } from "./reach.ts";
import { voiceService } from "./service.ts";
import { voiceCallTool } from "./tool.ts";

const needed = ["registerTool", "registerGatewayMethod", "registerService", "registerReload", "registerCli"] as const;

export default {
  id: "voice-call",
  name: "Voice Call",
  description: "Make and take phone calls (Twilio, Telnyx, Plivo).",

  /** Runs often, in several processes and ways: it only registers. */
  register(api: HostApi): void {
    const log = prefixedLog(api.logger);
    const missing = needed.filter((name) => typeof api[name] !== "function");
    if (missing.length > 0) {
      log.error(`this OpenClaw has no ${missing.join(", ")}: voice needs OpenClaw 2026.9 or newer, so it stays off`);
      return;
    }
    registerCommands(api);
    if (api.registrationMode === "cli-metadata") return;
    const { service, use } = voiceService(api, log);
    // Our own settings are taken up by the service alone: the plugin, its requests and turns go on undisturbed.
    api.registerReload({ hotPrefixes: configPrefixes.slice(0, 1) });
    api.registerService(service);
    registerMethods(api, use, log);
    api.registerTool((context) => voiceCallTool(api, context, reach), { name: "voice_call" });
  },
};
