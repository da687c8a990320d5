import { expect, test } from "vitest";
import { compareConfigs } from "../../src/daemon/config/compare.ts";
import { good, load, twilioSection } from "./fixture.ts";

const before = good(load(twilioSection));

test("the same configuration changes nothing", () => {
  expect(compareConfigs(before, good(load(twilioSection)))).toEqual({ applied: [], needRestart: [] });
});

test("changed, added and removed keys are named, with those that need a new daemon apart", () => {
  const { toNumber: _toNumber, ...others } = good(load({ ...twilioSection, toNumber: "+15555550123" }));
  const after = good(
    load({
      ...twilioSection,
      inboundGreeting: "",
      allowFrom: ["+15555550123"],
      twilio: { ...twilioSection.twilio, authToken: "another" },
      serve: { port: 4000, bind: "0.0.0.0", path: "/hooks" },
      webhookSecurity: { allowedHosts: ["voice.example.com"] },
      store: "/var/lib/voice",
    }),
  );
  expect(compareConfigs({ ...others, toNumber: "+15555550123" }, after)).toEqual({
    applied: ["toNumber", "allowFrom", "inboundGreeting", "twilio.authToken"],
    needRestart: ["store", "serve.port", "serve.bind", "serve.path", "webhookSecurity.allowedHosts"],
  });
});

test("a change of one dialled number is a change of the numbers; one of a tunnel needs a new daemon", () => {
  const numbers = (agentId: string): object => ({ numbers: { "+15555550101": { agentId }, "+15555550102": {} } });
  const old = good(load({ ...twilioSection, ...numbers("a") }));
  const now = good(
    load({
      ...twilioSection,
      ...numbers("b"),
      publicUrl: undefined,
      tunnel: { provider: "ngrok", ngrokAuthToken: "t" },
      phrases: { busy: "Busy." },
    }),
  );
  expect(compareConfigs(old, now)).toEqual({
    applied: ["publicUrl", "numbers", "phrases.busy"],
    needRestart: ["tunnel.provider", "tunnel.ngrokAuthToken"],
  });
  expect(compareConfigs(old, good(load({ ...twilioSection, ...numbers("a") })))).toEqual({
    applied: [],
    needRestart: [],
  });
});
