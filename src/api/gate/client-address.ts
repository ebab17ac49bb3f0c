/** The address of a client behind proxies: which proxies are believed, and what their header names. */

import { BlockList, isIP } from 'node:net';
import { ipKeyGenerator } from 'express-rate-limit';
import { ArgumentError, quote } from '../../errors.js';

/**
 * The proxies in front whose `X-Forwarded-*` headers are believed: how many there are, or their addresses and subnets.
 * True is one proxy; false believes nobody.
 */
export type TrustedProxies = boolean | number | readonly string[];

/** Express's names for groups of addresses. */
const namedSubnets: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

const maxProxies = 255;

const rule = `give the number of proxies in front (1 to ${maxProxies}), or their addresses, separated by commas, such as 10.0.0.0/8,::1 (${Object.keys(namedSubnets).join(', ')} are known by name)`;

/**
 * Reads a number of proxies, or a list of their addresses and subnets.
 *
 * @param flag - names the flag in messages
 * @throws ArgumentError naming the part that is neither
 */
export function parseTrustedProxies(flag: string, text: string): TrustedProxies {
  const parts = text.split(',').map((part) => part.trim());
  const [first = ''] = parts;
  if (parts.length === 1 && /^-?\d+$/.test(first)) {
    const count = Number(first);
    if (count >= 1 && count <= maxProxies) return count;
    throw new ArgumentError(`${flag} is ${quote(text)}; ${rule}.`);
  }
  for (const part of parts) {
    if (namedSubnets[part] === undefined && subnetOf(part) === null) {
      throw new ArgumentError(`${flag}: ${quote(part)} is not an address or a subnet; ${rule}.`);
    }
  }
  return parts;
}

/**
 * Whether an address is a proxy that is believed; in the form of Express's setting `trust proxy`.
 *
 * @throws ArgumentError when a part of the list is not an address
 */
export function trustOf(proxies: TrustedProxies): (address: string, hop: number) => boolean {
  if (proxies === false) return () => false;
  if (proxies === true) return trustOf(1);
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  const list = new BlockList();
  for (const part of proxies.flatMap((name) => namedSubnets[name] ?? name)) {
    const subnet = subnetOf(part);
    if (subnet === null) throw new ArgumentError(`${quote(part)} is not an address or a subnet`);
    list.addSubnet(subnet.address, subnet.prefix, subnet.family);
  }
  return (text) => {
    const address = plainAddress(text);
    return address !== null && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  };
}

/** All requests whose address cannot be read share this name. */
const unknownClient = 'unknown';

/**
 * The name under which a client's requests are counted: its IPv4 address, or the subnet of its IPv6 address, since one
 * client has many of those.
 *
 * @param text - an address from the socket, or as a proxy wrote it
 */
export function clientName(text: string | undefined): string {
  const address = plainAddress(text ?? '');
  return address === null ? unknownClient : ipKeyGenerator(address);
}

/**
 * An address without what proxies write beside it: a port (`192.0.2.7:5021`, `[2001:db8::7]:5021`), brackets, a zone
 * (`fe80::1%eth0`), and the IPv6 notation of an IPv4 address.
 *
 * @returns null where the text is not an address, such as `unknown`
 */
export function plainAddress(text: string): string | null {
  const [, inBrackets, beforePort] = /^"?(?:\[([^\]]+)\](?::\d*)?|([^:]+):\d*)"?$/.exec(text) ?? [];
  const [address = ''] = (inBrackets ?? beforePort ?? text).split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  const plain = mapped ?? address;
  return isIP(plain) === 0 ? null : plain;
}

function subnetOf(
  text: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | null {
  const match = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text);
  if (match === null) return null;
  const [, address = '', bits] = match;
  const version = isIP(address);
  const maxBits = version === 6 ? 128 : 32;
  const prefix = bits === undefined ? maxBits : Number(bits);
  if (version === 0 || prefix > maxBits) return null;
  return { address, prefix, family: version === 6 ? 'ipv6' : 'ipv4' };
}
