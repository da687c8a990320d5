// A generator that serves before it loads: prints the port of its speech services, then plays each load that it reads.
import { createInterface } from "node:readline";
import { SpeechServices } from "./speech-services.ts";

export async function serveThenPlay(play: (load: string, services: SpeechServices) => Promise<object>): Promise<void> {
  using services = new SpeechServices();
  console.log(JSON.stringify({ port: await services.listen() }));
  for await (const line of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await play(line, services)));
}
