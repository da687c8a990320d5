// Reads the body of a request that nobody has verified yet: at most 64 KB; the server's own time-out ends slow ones.
import type { IncomingMessage } from "node:http";

const bodyLimitBytes = 65_536;

/** `gone`: the peer left, or was too slow and got its 408. */
export function readBody(request: IncomingMessage): Promise<Buffer | "too-large" | "gone"> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > bodyLimitBytes) return Promise.resolve("too-large");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bodyLimitBytes) chunks.push(chunk);
      else resolve("too-large");
    });
    request.on("end", () =>
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    );
    request.on("error", () => resolve("gone"));
    request.on("close", () => resolve("gone"));
  });
}
