"""Uses a room with slixmpp's own plugins, from the first entry to the room's end. Every step is an assertion. The first
failure ends the script with its traceback and status 1.

Usage: slixmpp_room.py PORT, the port of a server on loopback with the accounts user, user2 and user3 of localhost.
"""

import asyncio
import logging
import sys

import slixmpp
from slixmpp import JID
from slixmpp.exceptions import IqError, PresenceError
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import StanzaPath

ROOM = JID("verona@conference.localhost")
MODERATE, RETRACT = "urn:xmpp:message-moderate:0", "urn:xmpp:message-retract:0"
PATIENCE_S = 15  # Timeout for an expected stanza. No step waits for it to pass.
PLUGINS = ["xep_0030", "xep_0045", "xep_0050", "xep_0054", "xep_0077", "xep_0199", "xep_0249", "xep_0308"]
PLUGINS += ["xep_0359", "xep_0421", "xep_0424", "xep_0425"]


class Person(slixmpp.ClientXMPP):
    """A client that keeps received stanzas until a step takes them."""

    def __init__(self, username):
        super().__init__(f"{username}@localhost/slixmpp", "password")
        for plugin in PLUGINS:
            self.register_plugin(plugin)
        self.muc = self["xep_0045"]
        self.inbox = []
        self.arrival = asyncio.Event()
        for kind in ("message", "presence"):
            self.register_handler(Callback(f"every {kind}", StanzaPath(kind), self.keep))
        self.add_event_handler("session_start", lambda _: self.send_presence())

    def keep(self, stanza):
        self.inbox.append(stanza)
        self.arrival.set()

    async def log_in(self, port):
        self.connect(("127.0.0.1", port), force_starttls=False, disable_starttls=True)
        await self.wait_until("session_start", PATIENCE_S)
        return self

    async def receive(self, what, matches):
        """Takes the first stanza that matches. `what` names it in the error if it does not arrive."""

        async def search():
            while True:
                for stanza in self.inbox:
                    if matches(stanza):
                        self.inbox.remove(stanza)
                        return stanza
                self.arrival.clear()
                await self.arrival.wait()

        try:
            return await asyncio.wait_for(search(), PATIENCE_S)
        except asyncio.TimeoutError:
            came = "\n".join(map(str, self.inbox))
            raise AssertionError(f"{self.boundjid} waited in vain for {what}; it got:\n{came}") from None

    def text(self, body):
        return self.receive(f"the message {body!r}", lambda s: s.name == "message" and s["body"] == body)

    def topic(self, subject):
        return self.receive(
            f"the subject {subject!r}",
            lambda s: s.name == "message" and s["type"] == "groupchat" and not s["body"] and s["subject"] == subject,
        )

    def presence(self, nick, *, role=None, affiliation=None, code=None, kind=None):
        """Takes the presence of this occupant that has all given values."""

        def matches(stanza):
            if stanza.name != "presence" or stanza["from"] != occupant(nick):
                return False
            seen = stanza["muc"]
            return (
                role in (None, seen["role"])
                and affiliation in (None, seen["affiliation"])
                and (code is None or code in seen["status_codes"])
                and kind in (None, stanza["type"])
            )

        return self.receive(f"presence of {nick} ({role=} {affiliation=} {code=} {kind=})", matches)

    async def forget(self):
        """Drops everything that the room has sent so far, which arrives before the answer to a request."""
        await self["xep_0030"].get_info(ROOM)
        self.inbox.clear()

    def say(self, body):
        message = self.make_message(ROOM, body, mtype="groupchat")
        message["id"] = self.new_id()
        message.send()
        return message["id"]


def occupant(nick):
    return JID(f"{ROOM}/{nick}")


def fastened(stanza, path):
    """Returns true if a message fastens this to another message (XEP-0422)."""
    return stanza.name == "message" and stanza.xml.find(f"{{urn:xmpp:fasten:0}}apply-to/{path}") is not None


async def refused(condition, request):
    """Asserts that the request gets this stanza error."""
    try:
        answer = await request
    except (IqError, PresenceError) as error:
        assert error.condition == condition, f"{error.condition} instead of {condition}"
    else:
        raise AssertionError(f"{condition} expected, but: {answer}")


async def create_and_configure(romeo):
    """XEP-0045 sections 7.2, 10.1 and 10.2."""
    presence, subject, _, history = await romeo.muc.join_muc_wait(ROOM, "Romeo", timeout=PATIENCE_S)
    assert {110, 201} <= presence["muc"]["status_codes"], presence
    assert (presence["muc"]["affiliation"], presence["muc"]["role"]) == ("owner", "moderator"), presence
    assert presence["occupant-id"].xml.attrib["id"], presence
    assert subject["subject"] == "" and history == [], (subject, history)

    form = await romeo.muc.get_room_config(ROOM)
    fields = form.get_fields()
    assert fields["FORM_TYPE"]["value"] == ["http://jabber.org/protocol/muc#roomconfig"], form
    form["values"] = {
        **form.get_values(),
        "muc#roomconfig_roomname": "Verona <& 🌹>",
        "muc#roomconfig_persistentroom": True,
        "muc#roomconfig_moderatedroom": False,
    }
    await romeo.muc.set_room_config(ROOM, form)
    values = (await romeo.muc.get_room_config(ROOM)).get_values()
    assert values["muc#roomconfig_roomname"] == "Verona <& 🌹>", values
    assert values["muc#roomconfig_persistentroom"] is True, values
    info = await romeo["xep_0030"].get_info(ROOM)
    assert ("conference", "text", None, "Verona <& 🌹>") in info["disco_info"]["identities"], info
    assert {"muc_persistent", "http://jabber.org/protocol/muc"} <= info["disco_info"]["features"], info
    rooms = await romeo["xep_0030"].get_items(ROOM.domain)
    assert str(ROOM) in {item[0] for item in rooms["disco_items"]["items"]}, rooms
    await romeo.muc.cancel_config(ROOM)


async def enter(romeo, juliet, nurse):
    """Sections 7.2 and 7.2.8: conflict, presence of occupants, history and subject."""
    romeo.muc.set_subject(ROOM, "Orchard")
    await romeo.topic("Orchard")
    romeo.say("But soft, what light?")
    await romeo.text("But soft, what light?")
    await refused("conflict", juliet.muc.join_muc_wait(ROOM, "Romeo", timeout=PATIENCE_S))
    presence, subject, occupants, history = await juliet.muc.join_muc_wait(ROOM, "Juliet", timeout=PATIENCE_S)
    assert presence["from"] == occupant("Juliet") and 110 in presence["muc"]["status_codes"], presence
    assert subject["subject"] == "Orchard" and subject["from"] == occupant("Romeo"), subject
    assert {p["from"].resource for p in occupants} == {"Romeo", "Juliet"}, occupants
    assert [m["body"] for m in history] == ["But soft, what light?"], history
    assert history[0]["delay"]["stamp"] and history[0]["stanza_id"]["by"] == ROOM, history[0]
    assert sorted(juliet.muc.get_roster(ROOM)) == ["Juliet", "Romeo"]
    assert juliet.muc.get_jid_property(ROOM, "Romeo", "affiliation") == "owner"
    # In a semi-anonymous room, an owner sees real JIDs, and a participant does not.
    await romeo.presence("Juliet")
    assert romeo.muc.get_jid_property(ROOM, "Juliet", "jid") == juliet.boundjid.full
    assert juliet.muc.get_jid_property(ROOM, "Romeo", "jid") == ""
    _, _, _, none = await nurse.muc.join_muc_wait(ROOM, "Nurse", maxstanzas=0, timeout=PATIENCE_S)
    assert none == [], none
    await romeo.presence("Nurse", role="participant")


async def talk(romeo, juliet, nurse):
    """Sections 7.4 and 7.5, corrections (XEP-0308), self-ping (XEP-0410), vCards (XEP-0054)."""
    first = juliet.say("O Romeo!")
    heard = await romeo.text("O Romeo!")
    assert heard["id"] == first and heard["from"] == occupant("Juliet"), heard
    own = await juliet.text("O Romeo!")
    assert own["id"] == first and own["stanza_id"]["id"] == heard["stanza_id"]["id"], own
    assert own["occupant-id"].xml.attrib == heard["occupant-id"].xml.attrib, own
    correction = juliet.make_message(ROOM, "O Romeo, Romeo!", mtype="groupchat")
    correction["replace"]["id"] = first
    correction.send()
    assert (await romeo.text("O Romeo, Romeo!"))["replace"]["id"] == first

    juliet.send_message(occupant("Romeo"), "In private", mtype="chat")
    private = await romeo.text("In private")
    assert private["from"] == occupant("Juliet") and private["type"] == "chat", private
    assert private.xml.find("{http://jabber.org/protocol/muc#user}x") is not None, private

    assert (await juliet["xep_0199"].send_ping(occupant("Juliet")))["type"] == "result"
    card = juliet["xep_0054"].make_vcard()
    card["FN"] = "Juliet Capulet"
    await juliet["xep_0054"].publish_vcard(card)
    answer = await romeo["xep_0054"].get_vcard(occupant("Juliet"))
    assert answer["from"] == occupant("Juliet") and answer["vcard_temp"]["FN"] == "Juliet Capulet", answer


async def rename(romeo, juliet, nurse):
    """Section 7.6."""
    juliet.send_presence(pto=occupant("Capulet"))
    gone = await romeo.presence("Juliet", kind="unavailable", code=303)
    assert gone["muc"]["item"]["nick"] == "Capulet", gone
    own = await juliet.presence("Capulet", code=110)
    assert own["muc"]["role"] == "participant", own
    await romeo.presence("Capulet")
    assert sorted(romeo.muc.get_roster(ROOM)) == ["Capulet", "Nurse", "Romeo"]
    juliet.send_presence(pto=occupant("Romeo"))
    error = await juliet.presence("Romeo", kind="error")
    assert error["error"]["condition"] == "conflict", error
    juliet.send_presence(pto=occupant("Juliet"))
    await juliet.presence("Juliet", code=110)
    await romeo.presence("Juliet", kind="available")


async def register(romeo, juliet, nurse):
    """Sections 7.10 and 7.12, with the form of XEP-0077."""
    await romeo.muc.set_affiliation(ROOM, "member", jid=JID(juliet.boundjid.bare))
    await juliet.presence("Juliet", affiliation="member", code=110)
    offered = (await juliet["xep_0077"].get_registration(ROOM))["register"]
    assert not offered["registered"], offered
    assert "muc#register_roomnick" in offered["form"].get_fields(), offered
    request = juliet.make_iq_set(ito=ROOM)
    form = request["register"]["form"]
    form["type"] = "submit"
    form.add_field(var="FORM_TYPE", ftype="hidden", value="http://jabber.org/protocol/muc#register")
    form.add_field(var="muc#register_roomnick", value="Juliet")
    await request.send()
    assert (await juliet["xep_0077"].get_registration(ROOM))["register"]["registered"]
    reserved = await juliet["xep_0030"].get_info(ROOM, node="x-roomuser-item")
    assert {identity[3] for identity in reserved["disco_info"]["identities"]} == {"Juliet"}, reserved
    nurse.send_presence(pto=occupant("Juliet"))
    assert (await nurse.presence("Juliet", kind="error"))["error"]["condition"] == "conflict"
    await juliet["xep_0077"].cancel_registration(ROOM)


async def administer(romeo, juliet, nurse):
    """Sections 8 and 9: roles, affiliations and their lists, kicks and bans."""
    await romeo.muc.set_affiliation(ROOM, "admin", nick="Juliet", reason="trusted")
    own = await juliet.presence("Juliet", affiliation="admin", role="moderator", code=110)
    assert own["muc"]["item"]["reason"] == "trusted", own
    assert await romeo.muc.get_affiliation_list(ROOM, "owner") == [romeo.boundjid.bare]
    assert await romeo.muc.get_affiliation_list(ROOM, "admin") == [juliet.boundjid.bare]
    assert sorted(await romeo.muc.get_roles_list(ROOM, "moderator")) == ["Juliet", "Romeo"]
    await refused("forbidden", nurse.muc.get_affiliation_list(ROOM, "outcast"))
    await refused("forbidden", juliet.muc.set_affiliation(ROOM, "none", jid=JID(romeo.boundjid.bare)))
    await refused("not-allowed", juliet.muc.set_affiliation(ROOM, "outcast", jid=JID(romeo.boundjid.bare)))

    await juliet.muc.set_role(ROOM, "Nurse", "visitor", reason="hush")
    hushed = await nurse.presence("Nurse", role="visitor", code=110)
    assert hushed["muc"]["item"]["reason"] == "hush", hushed
    await juliet.muc.set_role(ROOM, "Nurse", "participant")
    await nurse.presence("Nurse", role="participant", code=110)
    await juliet.muc.set_role(ROOM, "Nurse", "none", reason="Madam!")
    kicked = await nurse.presence("Nurse", kind="unavailable", code=307)
    assert 110 in kicked["muc"]["status_codes"], kicked
    assert kicked["muc"]["item"]["reason"] == "Madam!", kicked
    assert kicked["muc"]["item"]["actor"]["nick"] == "Juliet", kicked
    await refused("not-acceptable", nurse["xep_0199"].send_ping(occupant("Nurse")))

    await juliet.muc.set_affiliation(ROOM, "outcast", jid=JID(nurse.boundjid.bare), reason="Again!")
    assert await juliet.muc.get_affiliation_list(ROOM, "outcast") == [nurse.boundjid.bare]
    await refused("forbidden", nurse.muc.join_muc_wait(ROOM, "Nurse", timeout=PATIENCE_S))
    await romeo.muc.send_affiliation_list(ROOM, [(JID(nurse.boundjid.bare), "none")])
    assert await juliet.muc.get_affiliation_list(ROOM, "outcast") == []
    commands = await romeo["xep_0050"].get_commands(ROOM)
    assert commands["disco_items"]["items"], commands


async def invite(romeo, juliet, nurse):
    """Section 7.8 and XEP-0249."""
    juliet.muc.invite(ROOM, JID(nurse.boundjid.bare), "Come")
    mediated = await nurse.receive("an invitation", lambda s: s.name == "message" and s["muc"]["invite"]["reason"])
    assert mediated["from"] == ROOM and mediated["muc"]["invite"]["reason"] == "Come", mediated
    inviter = mediated["muc"]["invite"]["from"]
    assert inviter == occupant("Juliet"), mediated
    nurse.muc.decline(ROOM, inviter, "Too late")
    declined = await juliet.receive("a decline", lambda s: s.name == "message" and s["muc"]["decline"]["reason"])
    assert declined["muc"]["decline"]["reason"] == "Too late", declined
    juliet["xep_0249"].send_invitation(JID(nurse.boundjid.full), ROOM, reason="Directly")
    direct = await nurse.receive(
        "a direct invitation", lambda s: s.name == "message" and s["groupchat_invite"]["reason"] == "Directly"
    )
    assert JID(direct["groupchat_invite"]["jid"]) == ROOM, direct
    await nurse.muc.join_muc_wait(ROOM, "Nurse", timeout=PATIENCE_S)


async def moderate(romeo, juliet, nurse):
    """Sections 8.3 to 8.6: a moderated room, and requests for voice. slixmpp 1.8 speaks XEP-0424 0.3 and XEP-0425 0.2."""
    form = await romeo.muc.get_room_config(ROOM)
    form["values"] = {**form.get_values(), "muc#roomconfig_moderatedroom": True}
    await romeo.muc.set_room_config(ROOM, form)
    changed = await nurse.receive("status 104", lambda s: s.name == "message" and 104 in s["muc"]["status_codes"])
    assert changed["from"] == ROOM, changed
    await romeo.muc.set_role(ROOM, "Nurse", "visitor")
    await nurse.presence("Nurse", role="visitor", code=110)
    nurse.say("May I speak?")
    denied = await nurse.receive("a refusal", lambda s: s.name == "message" and s["type"] == "error")
    assert denied["error"]["condition"] == "forbidden", denied
    nurse.muc.request_voice(ROOM, "participant")
    request = await romeo.receive(
        "a request for voice", lambda s: s.name == "message" and "muc#request_allow" in s["form"].get_fields()
    )
    answer = romeo.make_message(ROOM)
    answer["form"]["type"] = "submit"
    for name, field in request["form"].get_fields().items():
        answer["form"].add_field(var=name, value="1" if name == "muc#request_allow" else field["value"])
    answer.send()
    await nurse.presence("Nurse", role="participant", code=110)
    said = nurse.say("Thanks")
    heard = await romeo.text("Thanks")
    assert heard["id"] == said, heard
    await romeo["xep_0425"].moderate(ROOM, heard["stanza_id"]["id"], "spam")
    told = await nurse.receive("a moderation", lambda s: fastened(s, f"{{{MODERATE}}}moderated/{{{RETRACT}}}retract"))
    assert told["from"] == ROOM and told["apply_to"]["id"] == heard["stanza_id"]["id"], told
    assert told["apply_to"]["moderated"]["by"] == occupant("Romeo"), told
    assert told["apply_to"]["moderated"]["reason"] == "spam", told
    said = nurse.say("I meant nothing")
    heard = await romeo.text("I meant nothing")
    nurse["xep_0424"].send_retraction(ROOM, said, "groupchat")
    taken_back = await romeo.receive("a retraction", lambda s: fastened(s, f"{{{RETRACT}}}retract"))
    assert taken_back["from"] == occupant("Nurse") and taken_back["apply_to"]["id"] == said, taken_back
    present = taken_back.xml.find("{urn:xmpp:message-retract:1}retract")
    assert present.attrib["id"] == heard["stanza_id"]["id"], taken_back


async def leave_and_destroy(romeo, juliet, nurse):
    """Sections 7.14 and 10.9."""
    nurse.muc.leave_muc(ROOM, "Nurse", "Anon")
    left = await romeo.presence("Nurse", kind="unavailable")
    assert left["status"] == "Anon", left
    assert sorted(romeo.muc.get_roster(ROOM)) == ["Juliet", "Romeo"]
    await refused("forbidden", juliet.muc.destroy(ROOM))
    await romeo.muc.destroy(ROOM, "Exeunt", JID("mantua@conference.localhost"))
    end = await juliet.receive("the end", lambda s: s.name == "presence" and s["muc"]["destroy"]["reason"])
    assert end["muc"]["destroy"]["jid"] == "mantua@conference.localhost", end
    assert end["muc"]["destroy"]["reason"] == "Exeunt", end
    await refused("gone", nurse.muc.join_muc_wait(ROOM, "Nurse", timeout=PATIENCE_S))


async def play(port):
    people = [await Person(name).log_in(port) for name in ("user", "user2", "user3")]
    await create_and_configure(people[0])
    for act in (enter, talk, rename, register, administer, invite, moderate, leave_and_destroy):
        for person in people:
            await person.forget()
        await act(*people)
    for person in people:
        await person.disconnect()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.get_event_loop().run_until_complete(play(int(sys.argv[1])))
    print("done")
