-- XEP-0033 for external components: a component sends one stanza with many addresses, Prosody makes the copies.
-- Only for the components in component_multicast_senders; see README.md.

local dataforms = require "util.dataforms";
local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local st = require "util.stanza";

local full_sessions = prosody.full_sessions;

local xmlns_address = "http://jabber.org/protocol/address";
-- Types that receive a copy (section 4.6); the other types are only information.
local recipient_types = { to = true, cc = true, bcc = true };

local senders = module:get_option_set("component_multicast_senders", {});
local limit = module:get_option_number("component_multicast_limit", 100);

module:depends("disco");
-- An answer to a ping tells the sender that all earlier copies have been delivered.
module:depends("ping");
module:add_identity("service", "multicast", module:get_option_string("name", "Multicast"));
module:add_feature(xmlns_address);
-- Announces the maximum number of addresses (section 2.2, XEP-0128).
module:add_extension(dataforms.new({
	{ name = "FORM_TYPE"; type = "hidden"; value = xmlns_address };
	{ name = "message"; type = "text-single" };
	{ name = "presence"; type = "text-single" };
}):form({ message = tostring(limit); presence = tostring(limit) }, "result"));

-- A component may only send from its own domain, even if validate_from_addresses is off.
local function is_allowed(origin, stanza)
	return origin.type == "component" and senders:contains(origin.host)
		and jid_host(stanza.attr.from) == origin.host;
end

-- Returns the recipients and the addresses element of the copies, or nil and an error.
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
		-- Recipients must not see blind copies (section 4.6.3).
		if attr.type ~= "bcc" then
			local child = st.clone(address);
			if is_recipient then child.attr.delivered = "true"; end
			shown:add_direct_child(child);
		end
	end
	return { recipients = recipients, shown = #shown.tags > 0 and shown or nil };
end

-- Returns the addresses, so that the sender knows which stanza was refused.
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
	-- Each copy is processed like any stanza of a component, with the hooks of other modules. All copies share one stanza
	-- object, as in Prosody's own rooms: modules that store stanzas clone them.
	for _, jid in ipairs(job.recipients) do
		stanza.attr.to = jid;
		module:send(stanza, origin);
	end
	return true;
end

module:hook("message/host", multicast);
module:hook("presence/host", multicast);
