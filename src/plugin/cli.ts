// `openclaw voicecall …`: the whole command line is handed to the `voicecall` program, which is loaded only then.
import type { ClientPort } from "../cli/context.ts";
import type { CommandHost, HostApi } from "./host.ts";
import { placeOf, reach } from "./reach.ts";

const description = "Make and take phone calls.";

export function registerCommands(api: HostApi): void {
  const descriptor = { name: "voicecall", description, hasSubcommands: true, machineOutput: readByPrograms };
  api.registerCli(({ program, config }) => addVoicecall(program, api, config), { descriptors: [descriptor] });
}

/** Help, wrong usage and options are the program's own business, so that both ways to it behave alike. */
function addVoicecall(program: CommandHost, api: HostApi, config: unknown): void {
  const command = program.command("voicecall").description(description);
  command
    .argument("[words...]")
    .allowUnknownOption()
    .helpOption(false)
    .action(() => run(command.args, api, config));
}

function readByPrograms({ argv, stdoutIsTTY }: { argv: readonly string[]; stdoutIsTTY: boolean }): boolean {
  return !stdoutIsTTY || argv.includes("--json");
}

async function run(words: readonly string[], api: HostApi, config: unknown): Promise<void> {
  const [{ runCli }, { processContext }] = await Promise.all([
    import("../cli/program.ts"),
    import("../cli/process-context.ts"),
  ]);
  const context = processContext({ name: "openclaw voicecall", client: () => clientOf(api, config) });
  await runCli(words, context);
  process.exitCode = context.exitCode;
}

/** The commands' client, with the host's places, and the Gateway to start a daemon. */
async function clientOf(api: HostApi, config: unknown): Promise<ClientPort> {
  const { clientPort } = await import("../cli/client-port.ts");
  const { packageRoot, stateDir } = placeOf(api, config);
  const ofPackage = packageRoot === undefined ? {} : { packageRoot };
  return {
    ...clientPort,
    // A file that was named wins over the Gateway, which has another one.
    connect: (options) =>
      options.configFile === undefined
        ? reach({ stateDir, ...ofPackage, ...options })
        : clientPort.connect({ ...ofPackage, ...options }),
    locate: async (options) => {
      const places = await clientPort.locate(options);
      return options.configFile === undefined ? { ...places, stateDir } : places;
    },
    daemonCommand: async (options) => {
      const { daemonCommand } = await import("../client/daemon-command.ts");
      return daemonCommand({ ...ofPackage, ...options });
    },
  };
}
