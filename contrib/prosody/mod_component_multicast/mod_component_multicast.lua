-- XEP-0033 for external components: a component sends one stanza with many addresses, Prosody makes the copies.
-- Only for the components in component_multicast_senders; see README.md. lists.lib.lua has what goes beyond XEP-0033.

local dataforms = require "util.dataforms";
local jid_host = require "util.jid".host;
local jid_prep = require "util.jid".prep;
local st = require "util.stanza";
local delivery = module:require "delivery";
local lists = module:require "lists";

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
module:add_feature(lists.xmlns);

-- Announces limits (section 2.2, XEP-0128).
local function announce(form_type, limits)
	local fields = { { name = "FORM_TYPE"; type = "hidden"; value = form_type } };
	for name in pairs(limits) do fields[#fields+1] = { name = name; type = "text-single" }; end
	module:add_extension(dataforms.new(fields):form(limits, "result"));
end
announce(xmlns_address, { message = tostring(limit); presence = tostring(limit) });
announce(lists.xmlns, { addresses = tostring(lists.max_addresses); kept = tostring(lists.max_kept) });

-- A component may only send from its own domain, even if validate_from_addresses is off.
local function is_allowed(origin, stanza)
	return origin.type == "component" and senders:contains(origin.host)
		and jid_host(stanza.attr.from) == origin.host;
end

-- Returns the copy and its recipients, or nil, condition and text.
local function read_addresses(copy, addresses)
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
	return { copies = { copy }, recipients = recipients, shown = #shown.tags > 0 and shown or nil };
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
	local copies = stanza:get_child("copies", lists.xmlns);
	local addresses = copies or stanza:get_child("addresses", xmlns_address);
	if not addresses then return; end
	if not is_allowed(origin, stanza) then
		module:log("warn", "Refused to copy a stanza of %s", stanza.attr.from);
		return refuse(origin, stanza, addresses, "forbidden", "You may not use this service");
	end
	local copy = delivery.new_copy(stanza);
	local job, condition, text;
	if copies then
		job, condition, text = lists.read(origin, copy, copies);
	else
		job, condition, text = read_addresses(copy, addresses);
	end
	if not job then return refuse(origin, stanza, addresses, condition, text); end
	stanza:maptags(function (child)
		if child == addresses then return job.shown; end
		return child;
	end);
	for _, each in ipairs(job.copies) do delivery.deliver(each, origin, job.recipients, job.except); end
	return true;
end

module:hook("message/host", multicast);
module:hook("presence/host", multicast);

function module.unload() delivery.unload(); end
