// What a daemon remembers over its end: that the Gateway gave it its configuration. The configuration itself is never kept.
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

export function gatewayMark(stateDir: string): string {
  return join(stateDir, "gateway.json");
}

export function isMarked(stateDir: string): boolean {
  return existsSync(gatewayMark(stateDir));
}

export async function mark(stateDir: string, at: number): Promise<void> {
  const text = `${JSON.stringify({ configuredAt: new Date(at).toISOString() })}\n`;
  await writeFile(gatewayMark(stateDir), text, { mode: 0o600 });
}
