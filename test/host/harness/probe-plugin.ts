// A tiny plugin beside ours: an empty command to measure against, and an ear for what agents write inside the Gateway.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { FakeModel } from "./fake-model.ts";
import { child, type HostHome } from "./host-home.ts";

export interface ProbeEvent {
  sessionKey: string;
  /** What the agent has written so far. */
  text: string;
  /** Epoch ms with fractions. */
  at: number;
}

const manifest = {
  id: "probe",
  name: "Probe",
  description: "Measures the host.",
  categories: ["tools"],
  cliCommands: [{ name: "probe", description: "Does nothing.", hasSubcommands: true }],
  activation: { onStartup: true },
  configSchema: { type: "object", additionalProperties: false, properties: {} },
};

const packageFile = {
  name: "probe",
  version: "0.0.1",
  type: "module",
  openclaw: { extensions: ["./index.js"], compat: { pluginApi: ">=2026.9.0" } },
};

/** `echo`: where each first sentence of a reply is told at once, by a bare request, as a measure of what the machine does. */
const program = (echo: string): string => `
import { request } from "node:http";
const heard = [];
const told = new Set();
function tell(text) {
  const [sentence = ""] = text.split(".");
  if (sentence === text || told.has(sentence)) return;
  told.add(sentence);
  const order = request(${JSON.stringify(echo)}, { method: "POST" }, (reply) => reply.resume());
  order.on("error", () => undefined);
  order.end(sentence + ".");
}
export default {
  id: "probe",
  name: "Probe",
  description: "Measures the host.",
  register(api) {
    api.registerCli(({ program }) => {
      program.command("probe").command("status").option("--json").action(() => process.stdout.write("{}\\n"));
    }, { descriptors: [{ name: "probe", description: "Does nothing.", hasSubcommands: true }] });
    api.registerService({
      id: "probe",
      start() {
        this.off = api.runtime.events.onAgentEvent(({ stream, sessionKey, data }) => {
          if (stream !== "assistant") return;
          tell(String(data.text ?? ""));
          heard.push({ sessionKey: sessionKey ?? "", text: String(data.text ?? ""), at: performance.timeOrigin + performance.now() });
        });
      },
      stop() { this.off?.(); },
    });
    api.registerGatewayMethod("probe.heard", ({ respond }) => respond(true, { heard }), { scope: "operator.read" });
  },
};
`;

/** Puts the plugin into the home and its configuration; the next start of a Gateway loads it. */
export async function addProbe(home: HostHome, { echoUrl }: FakeModel): Promise<void> {
  const folder = join(home.folder, "probe");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), JSON.stringify(packageFile));
  await writeFile(join(folder, "openclaw.plugin.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "index.js"), program(echoUrl));
  await home.edit((config) => {
    const plugins = child(config, "plugins");
    const load = child(plugins, "load");
    load["paths"] = [...(Array.isArray(load["paths"]) ? (load["paths"] as string[]) : []), folder];
    child(child(plugins, "entries"), "probe")["enabled"] = true;
  });
}
