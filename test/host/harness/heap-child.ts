// Loads the plugin as the host does and registers it with a host that only nods; prints ms and bytes. Run with --expose-gc.
import { createRequire } from "node:module";

const [entry = ""] = process.argv.slice(2);
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);

/** Whatever is asked of it: a function that gives the same again. */
const nodding: unknown = new Proxy(() => undefined, {
  get: (_, name) => (name === "registrationMode" ? "full" : name === Symbol.toPrimitive ? () => "" : nodding),
  apply: () => nodding,
});

collect();
const before = process.memoryUsage().heapUsed;
const loadingAt = performance.now();
const loaded = createRequire(import.meta.url)(entry) as { default: { register(api: unknown): void } };
const registeringAt = performance.now();
loaded.default.register(nodding);
const doneAt = performance.now();
collect();
const heapBytes = process.memoryUsage().heapUsed - before;
process.stdout.write(
  JSON.stringify({ loadMs: registeringAt - loadingAt, registerMs: doneAt - registeringAt, heapBytes }),
);
