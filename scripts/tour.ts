// Shows a carrier from end to end against its emulator as a readable transcript: `npm run tour -- twilio [--stream]`
import { parseArgs } from "node:util";
import { carrierTour } from "./tour/carrier-tour.ts";
import { faultTour } from "./tour/fault-tour.ts";
import { killedTour } from "./tour/killed-tour.ts";
import { spokenTour } from "./tour/spoken-tour.ts";
import { type StreamingCarrier, streamingLines } from "./tour/streaming-line.ts";

const options = {
  stream: { type: "boolean" },
  "no-keys": { type: "boolean" },
  kill: { type: "boolean" },
  faults: { type: "boolean" },
  fail: { type: "string" },
} as const;
const carriers = Object.keys(streamingLines);

function isCarrier(name: string): name is StreamingCarrier {
  return carriers.includes(name);
}

/** @returns how many steps did not happen. */
async function tour(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [carrier = ""] = positionals;
  if (!isCarrier(carrier) || positionals.length > 1) throw new TypeError("which carrier?");
  if (values.faults === true || values.fail !== undefined) return faultTour(carrier, values.fail ?? "");
  if (values.kill === true) return killedTour(carrier);
  if (values["no-keys"] === true) return spokenTour(carrier, { keyless: true });
  return values.stream === true ? spokenTour(carrier, { keyless: false }) : carrierTour(carrier);
}

try {
  process.exitCode = (await tour()) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(
    `${error.message}\nUsage: npm run tour -- ${carriers.join("|")} [--stream [--no-keys | --kill | --faults | --fail <part of a fault>]]\n`,
  );
  process.exitCode = 2;
}
