// Calls of the ad-hoc commands of a room.
import type { Element } from "../../src/xmpp/element.ts";
import { NS } from "../../src/xmpp/namespaces.ts";
import { type Driver, errorOf, ROOM } from "./room-driver.ts";

/** Runs a command of moderators with the values of its form. Returns all that the service sends. */
export function runCommand(
  driver: Driver,
  from: string,
  node: string,
  fields?: Record<string, string>,
): Element[] {
  const all = Object.entries({ FORM_TYPE: "verona#moderation", ...fields });
  const written = all.map(([name, value]) => `<field var="${name}"><value>${value}</value></field>`).join("");
  const form = fields ? `<x xmlns="${NS.dataForms}" type="submit">${written}</x>` : "";
  const command = `<command xmlns="${NS.commands}" node="verona#${node}">${form}</command>`;
  return driver.send(from, `<iq type="set" id="c" to="${ROOM}">${command}</iq>`);
}

/** Returns the status of a command's reply, or its error as "type/condition". */
export function outcomeOf(stanzas: readonly Element[]): string | undefined {
  const reply = stanzas.find((stanza) => stanza.getName() === "iq");
  return errorOf(reply) ?? reply?.getChild("command")?.attrs.status;
}

/** Returns the nodes of the commands that the room lists for a user. */
export function listedCommands(driver: Driver, from: string): string[] {
  const query = `<query xmlns="${NS.discoItems}" node="${NS.commands}"/>`;
  const [reply] = driver.send(from, `<iq type="get" id="d" to="${ROOM}">${query}</iq>`);
  return (reply?.getChild("query")?.getChildren("item") ?? []).map((item) => String(item.attrs.node));
}
