// Shows a carrier from end to end against its emulator as a readable transcript: `npm run tour -- twilio [--stream]`
import { parseArgs } from "node:util";
import { carrierTour } from "./tour/carrier-tour.ts";
import { spokenTour } from "./tour/spoken-tour.ts";
import { type StreamingCarrier, streamingLines } from "./tour/streaming-line.ts";

const carriers = Object.keys(streamingLines);

function isCarrier(name: string): name is StreamingCarrier {
  return carriers.includes(name);
}

/** @returns how many steps did not happen. */
async function tour(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { stream: { type: "boolean" } } });
  const [carrier = ""] = positionals;
  if (!isCarrier(carrier) || positionals.length > 1) throw new TypeError("which carrier?");
  return values.stream === true ? spokenTour(carrier) : carrierTour(carrier);
}

try {
  process.exitCode = (await tour()) === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof TypeError)) throw error;
  process.stderr.write(`${error.message}\nUsage: npm run tour -- ${carriers.join("|")} [--stream]\n`);
  process.exitCode = 2;
}
