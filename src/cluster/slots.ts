// The slots into which rooms fall, and their heirs.

/** Number of slots. Part of the database's contents: a change needs a migration. */
export const SLOTS = 256;

/** Returns the slot of a room. The same for all versions of Verona: nodes must agree. */
export const slotOf = (node: string): number => hashOf(node) % SLOTS;

/**
 * Returns the node that shall own a slot: the one with the highest hash of name and slot (rendezvous hashing). If a node
 * comes or goes, only its own slots change their owner. Undefined without nodes.
 */
export function heirOf<N extends { readonly name: string }>(
  slot: number,
  nodes: readonly N[],
): N | undefined {
  let best: { readonly node: N; readonly score: number } | undefined;
  for (const node of nodes) {
    const score = hashOf(`${slot} ${node.name}`);
    const isBetter = !best || score > best.score || (score === best.score && node.name > best.node.name);
    if (isBetter) best = { node, score };
  }
  return best?.node;
}

/** Returns the 32-bit FNV-1a hash of a text's UTF-16 code units, with the final mix of MurmurHash3. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
