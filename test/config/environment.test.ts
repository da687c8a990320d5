import { expect, test } from "vitest";
import { accountSid, apiKey, authId, authToken, good, load, publicKey, twilioSection, wrong } from "./fixture.ts";

const publicUrl = twilioSection.publicUrl;
const variables = { TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken, TWILIO_FROM_NUMBER: "+15555550100" };

test("the carrier's variables fill what the file leaves out", () => {
  expect(good(load({ provider: "twilio", publicUrl }, variables))).toMatchObject({
    fromNumber: "+15555550100",
    twilio: { accountSid, authToken },
  });
});

test("what the file says wins over the variables", () => {
  const env = { TWILIO_ACCOUNT_SID: "AC1", TWILIO_AUTH_TOKEN: "other", TWILIO_FROM_NUMBER: "+15555550999" };
  expect(good(load(twilioSection, env))).toMatchObject(twilioSection);
});

test("empty variables are as good as none", () => {
  const problems = wrong(
    load({ provider: "twilio", publicUrl }, { TWILIO_ACCOUNT_SID: "", TWILIO_AUTH_TOKEN: "", TWILIO_FROM_NUMBER: "" }),
  );
  expect(problems.map((line) => line.split(" -> ")[0])).toEqual([
    "`twilio.accountSid` is missing, and twilio needs it",
    "`twilio.authToken` is missing, and twilio needs it",
    "`fromNumber` is missing, and twilio needs it",
  ]);
});

test("the mock carrier takes nothing from Twilio's variables", () => {
  const config = good(load({ provider: "mock" }, { ...variables, TWILIO_FROM_NUMBER: "nonsense" }));
  expect([config.fromNumber, config.twilio]).toEqual([undefined, {}]);
});

test("each carrier and tunnel takes its own variables, and only its own", () => {
  const env = {
    ...variables,
    TELNYX_API_KEY: apiKey,
    TELNYX_CONNECTION_ID: "1",
    TELNYX_PUBLIC_KEY: publicKey,
    PLIVO_AUTH_ID: authId,
    PLIVO_AUTH_TOKEN: authToken,
    NGROK_AUTHTOKEN: "token",
    NGROK_DOMAIN: "voice.example.com",
  };
  const plain = { fromNumber: "+15555550199", publicUrl };
  const none = { provider: "none", allowNgrokFreeTierLoopbackBypass: false };
  expect(good(load({ provider: "telnyx", ...plain }, env))).toMatchObject({
    fromNumber: "+15555550199",
    telnyx: { apiKey, connectionId: "1", publicKey },
    plivo: {},
    twilio: {},
    tunnel: none,
  });
  const plivo = load({ provider: "plivo", ...plain, publicUrl: undefined, tunnel: { provider: "ngrok" } }, env);
  expect(good(plivo)).toMatchObject({
    plivo: { authId, authToken },
    telnyx: {},
    tunnel: { provider: "ngrok", ngrokAuthToken: "token", ngrokDomain: "voice.example.com" },
  });
  expect(wrong(load({ provider: "telnyx", publicUrl }, env))).toEqual([
    "`fromNumber` is missing, and telnyx needs it -> Our own number in E.164 form, as rented from the carrier.",
  ]);
});

test("references become the variables' values, in lists and inside texts, and are not looked through again", () => {
  const env = { GREETING: "Hello", FRIEND: "+15555550123", DEEP: "${GREETING}" };
  const config = good(
    load({ provider: "mock", inboundGreeting: "${GREETING}, ${GREETING}! ${DEEP}", allowFrom: ["${FRIEND}"] }, env),
  );
  expect(config).toMatchObject({ inboundGreeting: "Hello, Hello! ${GREETING}", allowFrom: ["+15555550123"] });
});

test("escaped and lower-case references stay", () => {
  expect(
    good(load({ provider: "mock", inboundGreeting: "$${NAME} ${name} $5 ${OPEN" }, { NAME: "x", name: "y" }))
      .inboundGreeting,
  ).toBe("${NAME} ${name} $5 ${OPEN");
});

test("a missing or empty variable is named with its place", () => {
  const result = load(
    { ...twilioSection, allowFrom: ["${NOBODY}"], twilio: { accountSid, authToken: "${EMPTY}" } },
    { EMPTY: "" },
  );
  expect(wrong(result)).toEqual([
    "`twilio.authToken` needs the environment variable EMPTY, which is empty -> set EMPTY where the daemon is started, or write $${EMPTY} if the text itself is meant",
    "`allowFrom[0]` needs the environment variable NOBODY, which is not set -> set NOBODY where the daemon is started, or write $${NOBODY} if the text itself is meant",
  ]);
});
