// What the commands are called where the person is: hints name `voicecall`, which is no program of those who have the plugin alone.

/** In a text with commands in backticks. */
export function calledAs(name: string, text: string): string {
  return text.replaceAll(/`voicecall(?= )/g, `\`${name}`);
}

/** How OpenClaw's users call them. */
export function inOpenClaw(text: string): string {
  return calledAs("openclaw voicecall", text);
}
