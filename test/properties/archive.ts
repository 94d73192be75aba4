// Access to a room's archive (XEP-0313), implemented independently of src/muc/permissions/visibility.ts.
import type { Room } from "../../src/muc/room/room.ts";
import { bareOf } from "../../src/xmpp/jid.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import type { Stanza } from "../../src/xmpp/stanza.ts";
import { ADMIN } from "./cast.ts";
import { ensure, type Received } from "./ensure.ts";
import { find, type Node } from "./strict-xml.ts";
import type { World } from "./world.ts";

/** Returns true if a stanza is a result of a query. */
export const isResult = ({ stanza }: Received): boolean => find(stanza, "result", NS.mam) !== undefined;

/**
 * Checks that results go only to the user who asked and who may enter now (section 6.1.2). Each result is a live
 * message word for word, or its tombstone. No result comes twice, and results are in the order of the live messages.
 */
export function checkArchive(world: World, asked: Stanza | undefined, received: readonly Received[]): void {
  const rooms = new Map(world.rooms().map((room) => [room.address, room]));
  for (const address of world.live.keys()) if (!rooms.has(address)) world.live.delete(address);
  for (const address of world.unarchived) if (!rooms.has(address)) world.unarchived.delete(address);
  for (const room of rooms.values()) if (!room.config.archiving) world.unarchived.add(room.address);
  for (const one of received) listen(world, one);
  const results = received.filter(isResult);
  const order: number[] = [];
  for (const one of results) {
    const room = rooms.get(one.room);
    ensure(one.to === asked?.from.full && asked.kind === "iq", "results go to who has asked", one.text);
    ensure(room !== undefined && mayEnter(room, one.to), "results are for those who may enter", one.text);
    order.push(checkResult(world, one));
  }
  if (asked?.element.getChildElements().some((query) => query.getChild("flip-page"))) order.reverse();
  const isInOrder = order.every((place, i) => i === 0 || place > (order[i - 1] ?? 0));
  ensure(isInOrder, "results are in the order of the discussion, and none comes twice", order);
}

/** Records live messages as occupants receive them. */
function listen(world: World, { stanza, room }: Received): void {
  const isLive = stanza.attrs.type === "groupchat" && find(stanza, "delay", NS.delay) === undefined;
  const ids = stanza.children.filter((el) => el.name === "stanza-id" && el.attrs.by === room);
  const id = ids[0]?.attrs.id;
  if (!isLive || id === undefined) return;
  const heard = world.live.get(room) ?? new Map<string, Node>();
  world.live.set(room, heard);
  if (!heard.has(id)) heard.set(id, stanza);
}

/** Returns the position of a result among the live messages. */
function checkResult(world: World, { stanza, room, text }: Received): number {
  const result = find(stanza, "result", NS.mam);
  const message = find(find(result, "forwarded", NS.forward), "message", "jabber:client");
  const heard = world.live.get(room);
  const live = heard?.get(result?.attrs.id ?? "");
  ensure(live !== undefined && message !== undefined, "a result is what was said in the room", text);
  const { to: _unsaid, ...attributes } = live?.attrs ?? {};
  const { xmlns: _declared, ...archived } = message?.attrs ?? {};
  ensure(sameText(archived, attributes), "a result is from whom it was, to nobody", text);
  const said = (message?.children ?? []).filter((el) => el.xmlns !== NS.mucUser);
  const isTombstone = said[0]?.name === "retracted";
  ensure(isTombstone || sameText(said, live?.children), "a result says what was said", text);
  return [...(heard?.keys() ?? [])].indexOf(result?.attrs.id ?? "");
}

const sameText = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function mayEnter(room: Room, jid: string): boolean {
  const bare = bareOf(jid);
  const affiliation = bare === ADMIN ? "owner" : room.affiliations.get(bare)?.affiliation;
  const isBanned = room.affiliations.get(bare.split("@")[1] ?? "")?.affiliation === "outcast";
  if (affiliation === "outcast") return false;
  if (affiliation !== undefined) return true;
  const isInside = [...room.sessions.keys()].some((session) => bareOf(session) === bare);
  return !isBanned && !room.config.membersOnly && (!room.config.passwordProtected || isInside);
}
