// Configuration files in a directory that goes with the test.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/daemon/config/schema.ts";
import { type ConfigResult, loadConfig } from "../../src/daemon/config/load.ts";

export interface ConfigDirectory extends Disposable {
  /** Writes `openclaw.json` as it stands and returns its path. */
  write(text: string | Uint8Array): string;
  path: string;
}

export function configDirectory(): ConfigDirectory {
  const path = mkdtempSync(join(tmpdir(), "voicecall-config-"));
  return {
    path,
    write(text) {
      const file = join(path, "openclaw.json");
      writeFileSync(file, text);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Loads one file with this text. */
export function loadText(text: string | Uint8Array, env: Record<string, string | undefined> = {}): ConfigResult {
  using directory = configDirectory();
  return loadConfig({ file: directory.write(text), env });
}

/** Loads a file whose section of ours is this. */
export function load(section: unknown, env: Record<string, string | undefined> = {}): ConfigResult {
  return loadText(JSON.stringify({ plugins: { entries: { "voice-call": { config: section } } } }), env);
}

export function good(result: ConfigResult): Config {
  if (!result.ok) throw new Error(`refused: ${result.problems.map(({ message }) => message).join("; ")}`);
  return result.config;
}

/** Message and hint of each problem, as one line each. */
export function wrong(result: ConfigResult): string[] {
  return result.ok ? [] : result.problems.map(({ message, hint }) => `${message} -> ${hint}`);
}

export const accountSid = `AC${"0a".repeat(16)}`;
export const authToken = "7c4f1d0e9b8a5f3c2d1e0f9a8b7c6d5e";

/** A section that Twilio calls can be placed with. */
export const twilioSection = {
  provider: "twilio",
  fromNumber: "+15555550100",
  publicUrl: "https://voice.example.com/voice/webhook",
  twilio: { accountSid, authToken },
};

/** The first 32 numbers are a well-formed Ed25519 key. */
export const publicKey = Buffer.from(Uint8Array.from({ length: 32 }, (_, index) => index)).toString("base64");
export const apiKey = `KEY${"0A".repeat(16)}_fake`;

/** A section that Telnyx calls can be placed with. */
export const telnyxSection = {
  provider: "telnyx",
  fromNumber: "+15555550100",
  publicUrl: "https://voice.example.com/voice/webhook",
  telnyx: { apiKey, connectionId: "1000000000000000001", publicKey },
};

export const authId = "MAXXXXXXXXXXXXXXXXXX";

/** A section that Plivo calls can be placed with. */
export const plivoSection = {
  provider: "plivo",
  fromNumber: "+15555550100",
  publicUrl: "https://voice.example.com/voice/webhook",
  plivo: { authId, authToken },
};
