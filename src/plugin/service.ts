// The Gateway's service: one shift after the other, and what the methods need of the daemon.
import { setTimeout as sleep } from "node:timers/promises";
import type { DaemonControl, VoiceCall } from "../client/index.ts";
import { configPrefixes, handedOver } from "./config-section.ts";
import type { HostApi, Service } from "./host.ts";
import type { PluginLog } from "./log.ts";
import type { UseDaemon } from "./methods.ts";
import { placeOf } from "./reach.ts";
import type { Shift } from "./shift.ts";

/** The Gateway's start is not held up for a slow daemon. */
const readyWithinMs = 800;

export interface VoiceService {
  service: Service;
  use: UseDaemon;
}

export function voiceService(api: HostApi, log: PluginLog): VoiceService {
  let current: Shift | undefined;
  let latest = Promise.resolve();

  /** A host that starts twice, or starts while it stops, still has one shift at a time. */
  function inTurn(step: () => Promise<void>): Promise<void> {
    latest = latest.then(step, step);
    return latest;
  }

  async function leave(): Promise<void> {
    const shift = current;
    current = undefined;
    await shift?.[Symbol.asyncDispose]();
  }

  return {
    service: {
      id: "voice-call",
      reload: { configPrefixes },
      start: (context) =>
        inTurn(async () => {
          await leave();
          const { Shift } = await import("./shift.ts");
          const shift = new Shift({ api, context, log });
          current = shift;
          await Promise.race([shift.reached, sleep(readyWithinMs, undefined, { ref: false })]);
        }),
      stop: () => {
        // A start that still waits for a slow daemon has nothing to wait for any more.
        void current?.[Symbol.asyncDispose]();
        return inTurn(leave);
      },
    },
    use: async (work) => {
      // A client of its own: an order that is being carried out outlasts the shift that a new configuration ends.
      await using voice = await connectFor(api, { log, isConfigured: current?.isServing === true });
      return await work(voice);
    },
  };
}

interface Circumstances {
  log: PluginLog;
  /** The daemon has the configuration already. */
  isConfigured: boolean;
}

/** Methods run in the Gateway, where the configuration is resolved. */
async function connectFor(api: HostApi, { log, isConfigured }: Circumstances): Promise<VoiceCall> {
  const { connect } = await import("../client/connect.ts");
  const config = api.runtime.config.current();
  const configure = async (daemon: DaemonControl): Promise<void> => {
    await daemon.configure(handedOver(config));
  };
  return connect({
    ...placeOf(api, config),
    onNotice: (line) => log.warn(line),
    ...(!isConfigured && { onDaemon: configure }),
  });
}
