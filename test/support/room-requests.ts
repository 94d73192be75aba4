// Payloads of requests to a room.
import { NS } from "../../src/xmpp/namespaces.ts";
import { submittedForm } from "./chat.ts";

/** Asks whether its sender is inside (XEP-0410). */
export const PING = `<ping xmlns="${NS.ping}"/>`;

/** Makes the room persistent (XEP-0045 section 10.2). */
export const PERSISTENT = `<query xmlns="${NS.mucOwner}">${submittedForm(NS.mucRoomConfig, { "muc#roomconfig_persistentroom": "1" })}</query>`;
