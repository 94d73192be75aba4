// The address of a node is its name below the domain of the service.

import { NODE_NAME } from "../config/node-name.ts";

export const addressOfNode = (name: string, domain: string): string => `${name}.${domain}`;

/** Returns the name of the node with this address; undefined if it is no address of a node. */
export function nodeOfAddress(address: string, domain: string): string | undefined {
  if (!address.endsWith(`.${domain}`)) return undefined;
  const name = address.slice(0, -domain.length - 1);
  return NODE_NAME.test(name) ? name : undefined;
}
