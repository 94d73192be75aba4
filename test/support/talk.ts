// Clients that talk in a room without a pause, and what became of each message.
import { setTimeout as delay } from "node:timers/promises";
import type { Element } from "../../src/xmpp/element.ts";
import type { TestClient } from "./client.ts";

/** Milliseconds between two messages of one client. */
const PAUSE_MS = 10;

export interface Talk {
  /** Ids of the messages so far, for each client in the order in which it sent them. */
  readonly sent: readonly (readonly string[])[];
  /** Ends the talk. */
  end(): Promise<void>;
}

/** Has each client send messages to a room until `end`. */
export function startTalk(clients: readonly TestClient[], room: string): Talk {
  const sent: string[][] = clients.map(() => []);
  let isOver = false;
  const talk = async (client: TestClient, number: number): Promise<void> => {
    while (!isOver) {
      const id = `talk-${number}-${sent[number]?.length}`;
      sent[number]?.push(id);
      await client.send(`<message to="${room}" type="groupchat" id="${id}"><body>${id}</body></message>`);
      await delay(PAUSE_MS);
    }
  };
  const talks = clients.map(talk);
  return {
    sent,
    async end() {
      isOver = true;
      await Promise.all(talks);
    },
  };
}

/** Returns the ids of one client's messages that a client has seen, in order; of one room, or of all. */
export const seenBy = (reader: TestClient, talker: number, room = ""): string[] =>
  reader
    .unread()
    .filter(({ attrs }) => attrs.type === "groupchat" && attrs.from?.startsWith(room))
    .map(({ attrs }) => attrs.id ?? "")
    .filter((id) => id.startsWith(`talk-${talker}-`));

/** Returns the errors that a client has received. */
export const errorsAt = (client: TestClient): Element[] =>
  client.unread().filter(({ attrs }) => attrs.type === "error");
