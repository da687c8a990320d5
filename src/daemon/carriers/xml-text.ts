// Text inside an XML document, as content or as an attribute's value in double quotes.

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** The text must hold no character that XML 1.0 (§2.2) forbids; `spokenParts` leaves none. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
