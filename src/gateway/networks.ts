import { BlockList, isIP } from "node:net";

/** An address, or a network in CIDR notation: `10.0.0.0/8`, `fd00::/8`. */
export function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

/** Whether an address (of any form that `plainAddress` gives) is in one of the networks. */
export function networkSet(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIP(address) === 4 ? "ipv4" : "ipv6";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const family = isIP(address);
    return family !== 0 && list.check(address, family === 4 ? "ipv4" : "ipv6");
  };
}

/** An IPv4 address as such, also where it came in the dress of IPv6; without the interface that a link-local one is on. */
export function plainAddress(address: string): string {
  const bare = address.replace(/%.*$/s, "");
  return /^::ffff:[\d.]+$/i.test(bare) ? bare.slice(7) : bare;
}
