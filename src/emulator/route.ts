// Routes from public origins to the loopback addresses behind them: an emulator never leaves this machine.
import { isLoopback } from "./loopback-request.ts";

/** A public origin and the loopback address that stands behind it. */
export interface Route {
  /** For example `https://voice.example.test`. */
  readonly public: string;
  /** For example `http://127.0.0.1:3334`. */
  readonly target: string;
}

export interface Destination {
  readonly target: URL;
  /** What a proxy in front of the target would add. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Where a request for this URL really goes. Throws when that would be another machine. */
export function destinationOf(address: string, routes: readonly Route[]): Destination {
  const url = new URL(address);
  const route = routes.find((known) => new URL(known.public).origin === url.origin);
  const target = route === undefined ? url : new URL(url.pathname + url.search, route.target);
  if (!isLoopback(target)) {
    throw new Error(`no route to ${url.origin}, and an emulator never leaves this machine`);
  }
  const headers =
    route === undefined
      ? {}
      : { Host: url.host, "X-Forwarded-Host": url.host, "X-Forwarded-Proto": url.protocol.slice(0, -1) };
  return { target, headers };
}
