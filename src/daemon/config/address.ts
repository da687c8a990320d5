// Web addresses and networks: which URLs lead to this machine or a private network, where no carrier can reach them.
import { BlockList, isIP } from "node:net";

const loopback = ["127.0.0.0/8", "::1/128"];

/** Private, link-local, shared (RFC 6598) and unspecified addresses, which the Internet does not route. */
const unreachable = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "::/128",
  "::1/128",
  "fc00::/7",
  "fe80::/10",
];

export function isLoopback(url: URL): boolean {
  return isLoopbackHost(hostOf(url));
}

/** `host` is a name in small letters, or an address without brackets. */
export function isLoopbackHost(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || contains(loopback, host);
}

/** True for addresses, and for names that only a local network knows (RFC 6761, RFC 6762, RFC 8375). */
export function isPrivate(url: URL): boolean {
  const host = hostOf(url);
  if (isIP(host) !== 0) return contains(unreachable, host);
  return !host.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
}

/** The URL, or what is wrong with it. */
export function webAddress(text: string): URL | string {
  const url = URL.parse(text);
  if (url === null || !/^https?:\/\//i.test(text)) return "is not a URL that begins with https:// or http://";
  if (/\s/.test(text)) return "holds spaces or line breaks";
  if (url.username !== "" || url.password !== "") return "holds a user name or password";
  return text.includes("#") ? "holds a fragment (`#…`)" : url;
}

/** The parser has already lower-cased names and written addresses in their usual form. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function blockList(subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = "", prefix = ""] = subnet.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return list;
}

function contains(subnets: readonly string[], host: string): boolean {
  return isIP(host) !== 0 && blockList(subnets).check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}

/**
 * Whether the text is one address or a network in CIDR form, IPv4-mapped ones included. A network of everybody (`/0`)
 * is none: nobody can mean to trust it.
 */
export function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || address.includes("%") || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}
