// Words as they are compared: what only shows that somebody listens, and what is our own voice come back.

const listening = new Set(
  "mhm,mmhm,mm,hm,hmm,uhhuh,uh,huh,ah,aha,oh,ok,okay,yeah,yep,yes,right,sure,ja,genau,oui,si,sí,claro".split(","),
);

/** Lower case, letters and digits only. */
export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/['’-]/g, "")
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** "Mhm", "okay", "yes, right": said while listening, not to take the turn. */
export function isBackchannel(text: string): boolean {
  const words = wordsOf(text);
  return words.length > 0 && words.length <= 3 && words.every((word) => listening.has(word));
}

/** Whether a run of words is in others, but for one misheard in five. */
export function isRunOf(words: readonly string[], ours: readonly string[]): boolean {
  if (words.length === 0 || words.length > ours.length) return false;
  const allowed = Math.floor(words.length / 5);
  for (let start = 0; start + words.length <= ours.length; start++) {
    let wrong = 0;
    for (let at = 0; at < words.length && wrong <= allowed; at++) if (words[at] !== ours[start + at]) wrong++;
    if (wrong <= allowed) return true;
  }
  return false;
}
