import { BlockList, isIP } from "node:net";

/**
 * Addresses that a probe has no business with unless they are listed: this host, private networks, link-local (cloud metadata), shared and
 * reserved ranges, multicast, and IPv6 ranges that carry an IPv4 address inside. Sources: IANA's special-purpose address registries
 * (RFC 6890), RFC 6598, RFC 6052 (NAT64), RFC 3056 (6to4), RFC 4380 (Teredo).
 */
const SPECIAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  "64:ff9b::/96",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "2002::/16",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
];

/** Where clouds keep the credentials of their machines: never a monitoring system's address. fd00:ec2::254 and fd20:ce::254 are AWS' and Google's. */
const METADATA = [
  "169.254.0.0/16",
  "fe80::/10",
  "fd00:ec2::/32",
  "fd20:ce::/32",
  "100.100.100.200/32",
  "168.63.129.16/32",
];

/** Is this address to be left alone? */
export type AddressGuard = (address: string) => boolean;

/**
 * `public`: no special range, but for what `allowed` lists (addresses and CIDR ranges). `internal`: all but metadata services, for addresses
 * that the operator has written down and nobody else can change. An IPv4 address within IPv6 (`::ffff:7f00:1`) counts as what it is.
 * Throws a plain Error (a bug: the config has checked them) for a range that is none.
 */
export function createAddressGuard(reach: "public" | "internal", allowed: readonly string[] = []): AddressGuard {
  const denied = blockListOf(reach === "public" ? SPECIAL : METADATA);
  const listed = blockListOf(allowed);
  return (address) => {
    const family = familyOf(address);
    return family === undefined || (denied.check(address, family) && !listed.check(address, family));
  };
}

/** Is this an address or a CIDR range? */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = familyOf(address);
  if (family === undefined || rest.length > 0 || address.includes("%")) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === "ipv4" ? 32 : 128));
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    if (!isNetwork(network)) throw new Error(`not a network: ${JSON.stringify(network.slice(0, 80))}`);
    const [address = "", bits] = network.split("/");
    const family = familyOf(address) ?? "ipv4";
    list.addSubnet(address, bits === undefined ? (family === "ipv4" ? 32 : 128) : Number(bits), family);
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" | undefined {
  const version = isIP(address);
  if (version === 0) return undefined;
  return version === 4 ? "ipv4" : "ipv6";
}
