// Addresses of the services' sockets, made from their base URLs.

/** Values that are undefined are left out; a list is repeated. */
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** `http://host/v1` and `/realtime` make `ws://host/v1/realtime`. */
export function socketUrl(baseUrl: string, path: string, query: Query): string {
  const url = new URL(baseUrl.replace(/^http/, "ws").replace(/\/+$/, "") + path);
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of typeof value === "object" ? value : [String(value)]) url.searchParams.append(name, each);
  }
  return url.href;
}

/** `en` of `en-US`. */
export function primaryLanguage(language: string): string {
  return language.split("-", 1)[0]?.toLowerCase() ?? language;
}
