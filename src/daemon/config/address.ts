// Which URLs lead to this machine or a private network, where no carrier can reach them.
import { BlockList, isIP } from "node:net";

const loopback = blockList(["127.0.0.0/8", "::1/128"]);

/** Private, link-local, shared (RFC 6598) and unspecified addresses, which the Internet does not route. */
const unreachable = blockList([
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
]);

export function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === "localhost" || host.endsWith(".localhost") || contains(loopback, host);
}

/** True for addresses, and for names that only a local network knows (RFC 6761, RFC 6762, RFC 8375). */
export function isPrivate(url: URL): boolean {
  const host = hostOf(url);
  if (isIP(host) !== 0) return contains(unreachable, host);
  return !host.includes(".") || /\.(localhost|local|internal|lan|home\.arpa)$/.test(host);
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

function contains(list: BlockList, host: string): boolean {
  return isIP(host) !== 0 && list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}
