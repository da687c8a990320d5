// What a request says of the way it came. Forwarding headers count only from trusted proxies and for allowed hosts.
import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP, isIPv4 } from "node:net";

export interface ForwardingRules {
  trustForwardingHeaders: boolean;
  /** IP addresses or networks (CIDR). */
  trustedProxyIPs: readonly string[];
  allowedHosts: readonly string[];
  /** The local ngrok agent may name the host that it forwards, as one more URL that the signature may be for. */
  ngrokOnLoopback: boolean;
}

export interface Arrival {
  /** The host that the sender meant, lower case, without its port. */
  host: string;
  /** Whom the limits are counted for. */
  client: string;
  /** Origins, besides the configured one, that a signature may have been made for. */
  alsoAt: string[];
}

/** Reads the way of each request; made once, for the lists are looked up often. */
export function createArrivals(rules: ForwardingRules): (headers: IncomingHttpHeaders, peer: string) => Arrival {
  const proxies = new BlockList();
  for (const entry of rules.trustForwardingHeaders ? rules.trustedProxyIPs : []) addTo(proxies, entry);
  const allowed = new Set(rules.allowedHosts.map((host) => host.toLowerCase()));

  return (headers, from) => {
    const peer = plainAddress(from);
    const direct = withoutPort(headers.host ?? "");
    if (isListed(proxies, peer)) {
      const host = withoutPort(first(headers["x-forwarded-host"]) ?? direct);
      const alsoAt = allowed.has(host) ? [`${schemeOf(headers)}://${host}`] : [];
      return { host, client: clientOf(headers, proxies) ?? peer, alsoAt };
    }
    const agent = rules.ngrokOnLoopback && isLoopback(peer) ? ngrokHost(headers, direct) : undefined;
    return { host: direct, client: peer, alsoAt: agent === undefined ? [] : [`https://${agent}`] };
  };
}

function ngrokHost(headers: IncomingHttpHeaders, direct: string): string | undefined {
  const host = withoutPort(first(headers["x-forwarded-host"]) ?? direct);
  return /^[a-z0-9-]+(\.[a-z0-9-]+)*\.ngrok(-free)?\.(app|dev|io)$/.test(host) ? host : undefined;
}

function schemeOf(headers: IncomingHttpHeaders): "http" | "https" {
  return first(headers["x-forwarded-proto"])?.toLowerCase() === "http" ? "http" : "https";
}

/** The nearest hop that is no proxy of ours; what stands before it anybody could have written. */
function clientOf(headers: IncomingHttpHeaders, proxies: BlockList): string | undefined {
  const value = headers["x-forwarded-for"];
  const hops = (Array.isArray(value) ? value.join(",") : (value ?? ""))
    .split(",")
    .map((hop) => plainAddress(hop.trim()));
  return hops.findLast((hop) => isIP(hop) !== 0 && !isListed(proxies, hop));
}

/** `::ffff:10.0.0.1` is the IPv4 address in it (RFC 4291 §2.5.5.2). */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.toLowerCase();
}

function addTo(list: BlockList, entry: string): void {
  const [address = "", bits] = entry.split("/", 2);
  const plain = plainAddress(address);
  const family = isIPv4(plain) ? "ipv4" : "ipv6";
  const width = plain === address.toLowerCase() ? Number(bits) : Number(bits) - 96;
  if (bits === undefined) list.addAddress(plain, family);
  else list.addSubnet(plain, Math.max(0, width), family);
}

function isListed(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? "ipv4" : "ipv6");
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function withoutPort(host: string): string {
  return host.trim().toLowerCase().replace(/:\d+$/, "");
}

/** Of a list the entry that the nearest proxy wrote is the last; several hosts in one header are nobody's. */
function first(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.at(-1) : value;
  const last = text?.split(",").at(-1)?.trim();
  return last === "" ? undefined : last;
}
