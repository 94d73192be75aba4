/** Namespaces, by the specification that defines them. */
export const NS = {
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
  dataForms: "jabber:x:data", // XEP-0004
  discoInfo: "http://jabber.org/protocol/disco#info", // XEP-0030
  discoItems: "http://jabber.org/protocol/disco#items",
  address: "http://jabber.org/protocol/address", // XEP-0033
  muc: "http://jabber.org/protocol/muc", // XEP-0045
  mucUser: "http://jabber.org/protocol/muc#user",
  mucAdmin: "http://jabber.org/protocol/muc#admin",
  mucOwner: "http://jabber.org/protocol/muc#owner",
  mucRoomConfig: "http://jabber.org/protocol/muc#roomconfig",
  mucRoomInfo: "http://jabber.org/protocol/muc#roominfo",
  mucRegister: "http://jabber.org/protocol/muc#register",
  mucRequest: "http://jabber.org/protocol/muc#request",
  mucUnique: "http://jabber.org/protocol/muc#unique", // XEP-0307
  mucStableId: "http://jabber.org/protocol/muc#stable_id",
  commands: "http://jabber.org/protocol/commands", // XEP-0050
  vcard: "vcard-temp", // XEP-0054
  vcard4: "urn:ietf:params:xml:ns:vcard-4.0", // XEP-0292
  pubsub: "http://jabber.org/protocol/pubsub", // XEP-0060
  pubsubEvent: "http://jabber.org/protocol/pubsub#event",
  vcardUpdate: "vcard-temp:x:update", // XEP-0153
  serverInfo: "http://jabber.org/network/serverinfo", // XEP-0157
  channelSearch: "urn:xmpp:channel-search:0:search", // XEP-0433
  channelSearchParams: "urn:xmpp:channel-search:0:search-params",
  conference: "jabber:x:conference", // XEP-0249, and mediated invitations before it
  rsm: "http://jabber.org/protocol/rsm", // XEP-0059
  register: "jabber:iq:register", // XEP-0077
  captcha: "urn:xmpp:captcha", // XEP-0158
  dataValidation: "http://jabber.org/protocol/xdata-validate", // XEP-0122
  version: "jabber:iq:version", // XEP-0092
  ping: "urn:xmpp:ping", // XEP-0199
  time: "urn:xmpp:time", // XEP-0202
  delay: "urn:xmpp:delay", // XEP-0203
  forward: "urn:xmpp:forward:0", // XEP-0297
  reference: "urn:xmpp:reference:0", // XEP-0372
  mentionNotifications: "urn:xmpp:mmn:0", // XEP-0452
  mentions: "urn:xmpp:mentions:0", // XEP-0513
  chatStates: "http://jabber.org/protocol/chatstates", // XEP-0085
  receipts: "urn:xmpp:receipts", // XEP-0184
  correct: "urn:xmpp:message-correct:0", // XEP-0308
  mam: "urn:xmpp:mam:2", // XEP-0313
  addressCheck: "verona:address-check:0", // sent from a room to itself
  copies: "verona:copies:0", // contrib/prosody: recipients and stanzas that the server remembers
  hold: "verona:hold:0", // contrib: the server holds stanzas between two connections
  clusterNode: "verona:node:0", // between the nodes of a service
  archive: "verona:archive:0", // fields of this service in the form of XEP-0313
  chatMarkers: "urn:xmpp:chat-markers:0", // XEP-0333
  hints: "urn:xmpp:hints", // XEP-0334
  accountAffiliation: "urn:xmpp:raa:0", // XEP-0489
  reply: "urn:xmpp:reply:0", // XEP-0461
  fallback: "urn:xmpp:fallback:0", // XEP-0428
  stanzaId: "urn:xmpp:sid:0", // XEP-0359
  retract: "urn:xmpp:message-retract:1", // XEP-0424
  retractEarlier: "urn:xmpp:message-retract:0", // XEP-0424 version 0.3
  moderate: "urn:xmpp:message-moderate:1", // XEP-0425
  moderateEarlier: "urn:xmpp:message-moderate:0", // XEP-0425 version 0.2
  fasten: "urn:xmpp:fasten:0", // XEP-0422
  outOfBand: "jabber:x:oob", // XEP-0066
  reporting: "urn:xmpp:reporting:1", // XEP-0377
  groupReport: "urn:xmpp:gcreport:0", // Group Chat Reporting
  hats: "urn:xmpp:hats:0", // XEP-0317
  fulltext: "urn:xmpp:fulltext:0", // XEP-0431
  affiliationVersions: "urn:xmpp:muc:affiliations:1", // XEP-0463
  occupantId: "urn:xmpp:occupant-id:0", // XEP-0421
  selfPing: "http://jabber.org/protocol/muc#self-ping-optimization", // XEP-0410
} as const;
