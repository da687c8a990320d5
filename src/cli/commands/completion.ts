// `completion bash|zsh|fish`: prints a script that teaches the shell this program.
import { Argument, type Command } from "commander";
import { addCommand } from "../command.ts";
import { completionScript, shells } from "../completion.ts";
import type { CliContext } from "../context.ts";

export function addCompletionCommand(program: Command, context: CliContext): void {
  addCommand<{ json?: true }>(program, context, {
    name: "completion",
    summary: "Print a completion script for your shell.",
    examples: [
      ["completion bash >> ~/.bash_completion", "then open a new shell"],
      ['completion zsh > "${fpath[1]}/_voicecall"', "then open a new shell"],
      ["completion fish > ~/.config/fish/completions/voicecall.fish", "then open a new shell"],
    ],
    shape: (command) => command.addArgument(new Argument("<shell>", "which shell").choices(shells)),
    run: async ({ operands: [shell = ""], output, options: { json } }) => {
      const script = completionScript(program, shell);
      if (json === true) return { json: { shell, script }, text: () => script };
      await output.print(script);
      return undefined;
    },
  });
}
