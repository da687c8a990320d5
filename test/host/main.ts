// The host suite: everything that a user does with the plugin, done in the real OpenClaw. `npm run test:host`
import { HostUnavailable, installedHost, openclawVersion, type InstalledHost } from "./harness/installed-host.ts";
import { startFakeModel } from "./harness/fake-model.ts";
import { Report } from "./harness/report.ts";
import { pack } from "./chapters/installing.ts";
import { firstUser, secondUser, thirdUser, meeting } from "./lanes.ts";

const report = new Report((line) => void process.stdout.write(`${line}\n`));

async function main(): Promise<void> {
  let host: InstalledHost;
  try {
    host = await installedHost(process.env, (line) => report.note(line));
  } catch (error) {
    if (!(error instanceof HostUnavailable)) throw error;
    report.skipped(`the whole host suite: openclaw@${openclawVersion} could not be installed`, error);
    return;
  }
  await using packed = await pack();
  await using model = await startFakeModel();
  const both = meeting();
  const setting = { host, packed, model, report, both };
  await Promise.all([firstUser(setting), secondUser(setting).then(() => thirdUser(setting))]);
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
await main().catch((error: unknown) => report.broke("the host suite broke off", error));
report.close();
process.exitCode = report.failed === 0 ? 0 : 1;
