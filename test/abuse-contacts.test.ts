import { expect, it } from "vitest";
import { xmppAddresses } from "../src/abuse-contacts.ts";

it("reports go to the XMPP addresses among the contacts, except for the service's own", () => {
  const uris = [
    "mailto:abuse@operator.example",
    "xmpp:Abuse@operator.example",
    "xmpp:h%65lp@operator.example?message;body=x",
    "xmpp:coven@chat.example?join",
    "xmpp:%zz@operator.example",
  ];
  expect(xmppAddresses(uris, "chat.example")).toEqual(["abuse@operator.example", "help@operator.example"]);
});
