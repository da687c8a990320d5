// Reading a message of the program under test, of which nothing is certain.

export type Members = Readonly<Record<string, unknown>>;

/** The members of a JSON object; null for everything else. */
export function membersIn(text: string): Members | null {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    return null;
  }
}

export function membersOf(value: unknown): Members | null {
  return isMembers(value) ? value : null;
}

/** The bytes of a base64 text that is not empty; null when it is none. */
export function bytesIn(value: unknown): Buffer | null {
  if (typeof value !== "string" || value === "" || !/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) {
    return null;
  }
  return Buffer.from(value, "base64");
}

/** Whether somebody put a whole file where bare samples belong. */
export function hasFileHeader(bytes: Buffer): boolean {
  return ["RIFF", "ID3", "OggS", "fLaC"].some((magic) => bytes.toString("latin1", 0, magic.length) === magic);
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
