import { startEjabberd } from "../../dev/servers/ejabberd.ts";
import { startProsody } from "../../dev/servers/prosody.ts";
import type { RunningServer } from "../../dev/servers/server.ts";

export const DOMAIN = "localhost";
export const COMPONENT = { domain: "conference.localhost", secret: "s3cret" };
export const USERS = ["user", "user2", "user3", "admin", "grossmann"].map((username) => ({
  username,
  password: "password",
}));

export const OPTIONS = { domain: DOMAIN, components: [COMPONENT], users: USERS };

/** The servers of the tests: the name, and a function that starts it with users and the component. */
export const SERVERS: readonly [RunningServer["name"], () => Promise<RunningServer>][] = [
  ["prosody", () => startProsody(OPTIONS)],
  ["ejabberd", () => startEjabberd(OPTIONS)],
];
/** Environment that makes the user "admin" an administrator of the service. */
export const ADMIN_ENV = { VERONA_ADMINS: `admin@${DOMAIN}` };
/** Environment with public pages, without which no room is publicly logged. Nobody reads them, so the port need not be free. */
export const PAGES_ENV = { VERONA_PAGES_PORT: "8490", VERONA_PAGES_URL: "https://rooms.example/" };
