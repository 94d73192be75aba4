-- XEP-0033 for Prosody: an external component hands over one stanza with many addresses, Prosody makes the copies.
-- Only the components that are named in component_multicast_senders may; see README.md beside this file.

local dataforms = require "util.dataforms";
local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local st = require "util.stanza";

local full_sessions = prosody.full_sessions;

local xmlns_address = "http://jabber.org/protocol/address";
-- Those that are delivered to (section 4.6); the others tell the recipient something.
local recipient_types = { to = true, cc = true, bcc = true };

local senders = module:get_option_set("component_multicast_senders", {});
local limit = module:get_option_number("component_multicast_limit", 100);

module:depends("disco");
-- A sender learns from the answer to a ping that the copies before it have been delivered.
module:depends("ping");
module:add_identity("service", "multicast", module:get_option_string("name", "Multicast"));
module:add_feature(xmlns_address);
-- Section 2.2, XEP-0128: how many addresses a stanza may have.
module:add_extension(dataforms.new({
	{ name = "FORM_TYPE"; type = "hidden"; value = xmlns_address };
	{ name = "message"; type = "text-single" };
	{ name = "presence"; type = "text-single" };
}):form({ message = tostring(limit); presence = tostring(limit) }, "result"));

-- A component's own domain is all that it speaks for, also where validate_from_addresses is off.
local function is_allowed(origin, stanza)
	return origin.type == "component" and senders:contains(origin.host)
		and jid_host(stanza.attr.from) == origin.host;
end

-- What the copies have in common, and to whom they go; or nothing, and the error.
local function read_addresses(addresses)
	local recipients = {};
	local shown = st.stanza("addresses", { xmlns = xmlns_address });
	for address in addresses:childtags("address") do
		local attr = address.attr;
		local is_recipient = recipient_types[attr.type] and attr.delivered ~= "true";
		if is_recipient then
			local jid = attr.jid;
			if not jid or attr.uri then
				return nil, "jid-malformed", "Every address needs a jid";
			elseif not full_sessions[jid] then
				jid = jid_prep(jid);
				if not jid then
					return nil, "jid-malformed", "An address is invalid: "..attr.jid;
				end
			end
			recipients[#recipients+1] = jid;
			if #recipients > limit then
				return nil, "not-acceptable", "At most "..limit.." addresses are allowed";
			end
		end
		-- Nobody learns of blind copies (section 4.6.3).
		if attr.type ~= "bcc" then
			local child = st.clone(address);
			if is_recipient then child.attr.delivered = "true"; end
			shown:add_direct_child(child);
		end
	end
	return { recipients = recipients, shown = #shown.tags > 0 and shown or nil };
end

-- The addresses come back, so that the sender knows what was refused.
local function refuse(origin, stanza, addresses, condition, text)
	local reply = st.error_reply(stanza, condition == "forbidden" and "auth" or "modify", condition, text);
	table.insert(reply, 1, addresses);
	table.insert(reply.tags, 1, addresses);
	origin.send(reply);
	return true;
end

local function multicast(event)
	local origin, stanza = event.origin, event.stanza;
	if stanza.attr.type == "error" then return true; end
	local addresses = stanza:get_child("addresses", xmlns_address);
	if not addresses then return; end
	if not is_allowed(origin, stanza) then
		module:log("warn", "Refused to copy a stanza of %s", stanza.attr.from);
		return refuse(origin, stanza, addresses, "forbidden", "You may not use this service");
	end
	local job, condition, text = read_addresses(addresses);
	if not job then return refuse(origin, stanza, addresses, condition, text); end
	stanza:maptags(function (child)
		if child == addresses then return job.shown; end
		return child;
	end);
	-- From here the way of every stanza that a component sends, with all that other modules have hooked there. It is
	-- one and the same stanza, as in Prosody's own rooms: modules that keep what passes clone it.
	for _, jid in ipairs(job.recipients) do
		stanza.attr.to = jid;
		module:send(stanza, origin);
	end
	return true;
end

module:hook("message/host", multicast);
module:hook("presence/host", multicast);
