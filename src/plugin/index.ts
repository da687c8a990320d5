// The plugin's entry, in the shape that OpenClaw loads: tells it what there is, and starts nothing.

export default {
  id: "voice-call",
  name: "Voice Call",
  description: "Make and take phone calls (Twilio, Telnyx, Plivo).",

  /** Runs often, in several processes and ways: it only registers. */
  register(): void {},
};
