// The `voicecall` program: checks Node, then runs one command line and leaves nothing behind.
const leastNode = [24, 16] as const;
/** Whatever is still open so long after the result is not worth waiting for. */
const lingerMs = 500;

function isNodeTooOld(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1]);
}

/** A reader that has seen enough, like `head`, is no error. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit();
}

async function main(): Promise<void> {
  process.stdout.on("error", endQuietly);
  process.stderr.on("error", endQuietly);
  process.getBuiltinModule("node:module").enableCompileCache();
  const [{ runCli }, { processContext }] = await Promise.all([import("./program.ts"), import("./process-context.ts")]);
  const context = processContext({
    client: async () => (await import("./client-port.ts")).clientPort,
  });
  await runCli(process.argv.slice(2), context);
  process.exitCode = context.exitCode;
  await new Promise<void>((written) => process.stdout.write("", () => written()));
  setTimeout(() => process.exit(), lingerMs).unref();
}

if (isNodeTooOld()) {
  process.stderr.write(`voicecall needs Node.js ${leastNode.join(".")} or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  await main();
}
