// Three users, each with a home of their own and the package installed in another way; two of them run a Gateway at the same time.
import { eventually } from "../support/daemon.ts";
import { assistant } from "./chapters/assistant.ts";
import { callers } from "./chapters/callers.ts";
import { changes } from "./chapters/changes.ts";
import { commandLine } from "./chapters/command-line.ts";
import { ownShare, registration, serviceStart, statusCommand } from "./chapters/figures.ts";
import { fitsTheHost, installs, type Packed } from "./chapters/installing.ts";
import { methods } from "./chapters/methods.ts";
import { leavesNothing, listens, sideBySide } from "./chapters/side-by-side.ts";
import { missingSecret, trouble } from "./chapters/trouble.ts";
import { openTwilioLine, twilioCallers } from "./chapters/twilio-callers.ts";
import { tell, type Chapter } from "./harness/chapter.ts";
import type { FakeModel } from "./harness/fake-model.ts";
import { createHostHome } from "./harness/host-home.ts";
import type { InstalledHost } from "./harness/installed-host.ts";
import { addProbe } from "./harness/probe-plugin.ts";
import type { Report } from "./harness/report.ts";
import { createStage, quickMock, type Gate, gate, type Stage } from "./harness/stage.ts";

export interface Setting {
  host: InstalledHost;
  packed: Packed;
  model: FakeModel;
  report: Report;
  both: Meeting;
}

/** Where the two Gateways are known to run at once. */
export interface Meeting {
  second: Gate;
  stage?: Stage;
  first: Gate;
}

export function meeting(): Meeting {
  return { second: gate(), first: gate() };
}

/** Has the tarball, a mock line, and everything that happens to a Gateway in a call. */
export function firstUser({ host, packed, model, report, both }: Setting): Promise<void> {
  return tell("tarball", report, async (chapter) => {
    await using stage = await createStage(host, "tarball", model);
    try {
      await installs(chapter, stage.home, { way: "tarball", packed });
      await addProbe(stage.home, model);
      await stage.configure(quickMock);
      await starts(chapter, stage);
      await callers(chapter, stage);
      await methods(chapter, stage);
      await both.second.opened;
      if (both.stage !== undefined) await sideBySide(chapter, stage, both.stage);
      both.first.open();
      await assistant(chapter, stage);
      await commandLine(chapter, stage);
      await statusCommand(chapter, stage);
      await ownShare(chapter, stage, await stage.voice());
      await registration(chapter, stage, packed.folder);
      await changes(chapter, stage, packed);
      await serviceStart(chapter, stage);
      await leavesNothing(chapter, stage, []);
    } finally {
      both.first.open();
    }
  });
}

const variable = "VOICE_CALL_SUITE_TOKEN";

/** Has the folder, Twilio, and everything that a person gets wrong. */
export function secondUser({ host, packed, model, report, both }: Setting): Promise<void> {
  return tell("folder", report, async (chapter) => {
    await using line = await openTwilioLine();
    await using stage = await createStage(host, "folder", model);
    try {
      await installs(chapter, stage.home, { way: "folder", packed });
      const twilio = { ...(line.config["twilio"] as Record<string, unknown>) };
      const reference = { source: "env", provider: "default", id: variable };
      await stage.configure({ ...line.config, twilio: { ...twilio, authToken: reference } });
      await starts(chapter, stage);
      await missingSecret(chapter, stage, variable);
      await chapter.needs("once the secret is there, the same Gateway takes calls", async () => {
        await stage.configure({ twilio });
        const voice = await stage.voice();
        await eventually(async () => (await voice.system.health()).problems.length === 0, 20_000);
        await eventually(() => listens(line.port), 20_000);
      });
      both.stage = stage;
      both.second.open();
      await twilioCallers(chapter, stage, line);
      await both.first.opened;
      await stage.configure(quickMock);
      const voice = await stage.voice();
      await chapter.needs("the carrier is changed from Twilio to the mock without a restart of anything", () =>
        eventually(async () => (await voice.system.health()).carrier === "mock", 20_000),
      );
      await trouble(chapter, stage);
      await leavesNothing(chapter, stage, [line.port]);
    } finally {
      both.second.open();
    }
  });
}

/** Has a link to the folder, and no Gateway. */
export function thirdUser({ host, packed, model, report }: Setting): Promise<void> {
  return tell("link", report, async (chapter) => {
    await using home = await createHostHome(host, "link", model.url);
    await installs(chapter, home, { way: "link", packed });
    await fitsTheHost(chapter, host);
  });
}

async function starts({ needs }: Chapter, stage: Stage): Promise<void> {
  await needs(
    "the Gateway starts, with voice on it",
    async () => {
      await stage.gateway.start();
      await eventually(async () => {
        const reply = await stage.rpc("voicecall.status").catch(() => undefined);
        return reply?.["found"] === true;
      }, 20_000);
    },
    320_000,
  );
}
