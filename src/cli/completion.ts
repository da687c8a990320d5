// Completion scripts for bash, zsh and fish, written from the program's own tree of commands.
import type { Argument, Command, Option } from "commander";

export const shells = ["bash", "zsh", "fish"] as const;

/** A word that may come next. */
interface Candidate {
  word: string;
  why: string;
}

/** A place on the command line: the commands typed so far, joined by `/`. */
interface Spot {
  path: string;
  commands: Candidate[];
  options: Option[];
  operands: readonly Argument[];
}

/** @throws TypeError for another shell; the program offers no other. */
export function completionScript(program: Command, shell: string): string {
  const spots = spotsOf(program, program.name());
  switch (shell) {
    case "bash":
      return bash(program.name(), spots);
    case "zsh":
      return zsh(program.name(), spots);
    case "fish":
      return fish(program.name(), spots);
    default:
      throw new TypeError(`no completion for ${shell}`);
  }
}

function spotsOf(command: Command, path: string): Spot[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((child) => child.name() !== "help");
  const spot: Spot = {
    path,
    commands: commands.map((child) => ({ word: child.name(), why: firstSentence(child.description()) })),
    options: help.visibleOptions(command),
    operands: command.registeredArguments,
  };
  return [spot, ...commands.flatMap((child) => spotsOf(child, `${path}/${child.name()}`))];
}

function firstSentence(text: string): string {
  return text.replace(/[.;].*$/s, "");
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined);
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** Words at a spot: commands, then operands, then options. */
function candidates({ commands, operands, options }: Spot): Candidate[] {
  return [
    ...commands,
    ...operands.flatMap(({ argChoices = [], description }) => argChoices.map((word) => ({ word, why: description }))),
    ...options.flatMap((option) =>
      flagsOf(option)
        .filter((flag) => flag.startsWith("--"))
        .map((word) => ({ word, why: firstSentence(option.description) })),
    ),
  ];
}

/** `voicecall/call | voicecall/daemon | …`: where a word leads to another spot. */
function deeper(spots: Spot[]): string {
  return spots
    .slice(1)
    .map(({ path }) => path)
    .join(" | ");
}

/** For each option with a value: the pattern `path:flag` and the words to offer; none when anything may be typed. */
function valueCases(spots: Spot[]): { pattern: string; words: string[]; file: boolean }[] {
  return spots.flatMap(({ path, options }) =>
    options.filter(takesValue).map((option) => ({
      pattern: flagsOf(option)
        .map((flag) => `${path}:${flag}`)
        .join(" | "),
      words: option.argChoices ?? [],
      file: /<(file|path)>/.test(option.flags),
    })),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function bash(name: string, spots: Spot[]): string {
  const values = valueCases(spots).map(({ pattern, words, file }) => {
    const reply = file
      ? `local IFS=$'\\n'; COMPREPLY=($(compgen -f -- "$cur")); `
      : words.length === 0
        ? ""
        : `COMPREPLY=($(compgen -W ${quote(words.join(" "))} -- "$cur")); `;
    return `    ${pattern}) ${reply}return ;;`;
  });
  const words = spots.map(
    (spot) =>
      `    ${spot.path}) words=${quote(
        candidates(spot)
          .map(({ word }) => word)
          .join(" "),
      )} ;;`,
  );
  return `# bash completion for ${name}
_${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" spot=${name} word words=
  COMPREPLY=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$spot/$word" in
    ${deeper(spots)}) spot="$spot/$word" ;;
    esac
  done
  case "$spot:$prev" in
${values.join("\n")}
  esac
  case "$spot" in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _${name} ${name}
`;
}

function zsh(name: string, spots: Spot[]): string {
  const values = valueCases(spots).map(({ pattern, words, file }) => {
    const reply = file ? "_files; " : words.length === 0 ? "" : `compadd -- ${words.map(quote).join(" ")}; `;
    return `    ${pattern}) ${reply}return ;;`;
  });
  const words = spots.map((spot) => {
    const items = candidates(spot).map(({ word, why }) => quote(`${word.replaceAll(":", String.raw`\:`)}:${why}`));
    return `    ${spot.path}) items=(${items.join(" ")}) ;;`;
  });
  return `#compdef ${name}
_${name}() {
  local spot=${name} word
  local -a items
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$spot/$word" in
    ${deeper(spots)}) spot="$spot/$word" ;;
    esac
  done
  case "$spot:\${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case "$spot" in
${words.join("\n")}
  esac
  _describe -V ${name} items
}
if [ "\${funcstack[1]}" = _${name} ]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fish(name: string, spots: Spot[]): string {
  const lines = spots.flatMap((spot) => {
    const here = `complete -c ${name} -n ${quote(`test (__${name}_spot) = ${spot.path}`)}`;
    const words = candidates({ ...spot, options: [] }).map(
      ({ word, why }) => `${here} -a ${quote(word)} -d ${quote(why)}`,
    );
    const options = spot.options.map((option) => {
      const flags = flagsOf(option).map((flag) =>
        flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const files = /<(file|path)>/.test(option.flags) ? " -r -F" : " -x";
      const choices = option.argChoices === undefined ? "" : ` -a ${quote(option.argChoices.join(" "))}`;
      return `${here} ${flags.join(" ")}${takesValue(option) ? files : ""}${choices} -d ${quote(firstSentence(option.description))}`;
    });
    return [...words, ...options];
  });
  return `# fish completion for ${name}
function __${name}_spot
  set -l spot ${name}
  set -l typed (commandline -opc)
  set -e typed[1]
  for word in $typed
    switch "$spot/$word"
      case ${spots
        .slice(1)
        .map(({ path }) => path)
        .join(" ")}
        set spot "$spot/$word"
    end
  end
  echo $spot
end
complete -c ${name} -f
${lines.join("\n")}
`;
}
