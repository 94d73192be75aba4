// The address of a node is its name below the domain of the service.

/** The form of a name: one label of a domain. */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const isNodeName = (text: string): boolean => NAME.test(text);

export const addressOfNode = (name: string, domain: string): string => `${name}.${domain}`;

/** Returns the name of the node with this address; undefined if it is no address of a node. */
export function nodeOfAddress(address: string, domain: string): string | undefined {
  if (!address.endsWith(`.${domain}`)) return undefined;
  const name = address.slice(0, -domain.length - 1);
  return isNodeName(name) ? name : undefined;
}
