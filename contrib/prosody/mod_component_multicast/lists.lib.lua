-- What a component has told on its present connection: lists of recipients, and stanzas to be delivered again.
-- See README.md for the elements.

local jid_prep = require "util.jid".prep;

local full_sessions = prosody.full_sessions;

local xmlns_copies = "verona:copies:0";

local max_addresses = module:get_option_number("component_multicast_list_addresses", 100000);
local max_kept = module:get_option_number("component_multicast_kept", 2000);

-- By connection; forgotten with it.
local states = setmetatable({}, { __mode = "k" });

local function state_of(origin)
	local state = states[origin];
	if not state then
		state = { lists = {}, addresses = 0, kept = {} };
		states[origin] = state;
	end
	return state;
end

local function forget(state, id)
	local list = state.lists[id];
	if not list then return; end
	state.addresses = state.addresses - #list.jids;
	state.lists[id] = nil;
end

local function add(state, list, jid)
	if not jid or not full_sessions[jid] and jid_prep(jid) ~= jid then
		return "jid-malformed", "An address is invalid: "..tostring(jid);
	elseif list.places[jid] then
		return "conflict", "An address is in the list already: "..jid;
	elseif state.addresses >= max_addresses then
		return "resource-constraint", "At most "..max_addresses.." addresses are kept";
	end
	local place = #list.jids + 1;
	list.jids[place], list.places[jid] = jid, place;
	state.addresses = state.addresses + 1;
end

local function remove(state, list, jid)
	local jids, places = list.jids, list.places;
	local place = jid and places[jid];
	if not place then return "item-not-found", "An address is not in the list: "..tostring(jid); end
	local last = jids[#jids];
	jids[place], places[last] = last, place;
	jids[#jids], places[jid] = nil, nil;
	state.addresses = state.addresses - 1;
end

local changes = { add = add, remove = remove };

-- Returns the list after the changes and the addresses that are left out once; or nil, condition and text.
local function read_list(state, copies)
	local id, version = copies.attr.list, tonumber(copies.attr.version);
	local is_changed = copies:child_with_name("add") or copies:child_with_name("remove");
	if version == 1 and is_changed then
		forget(state, id);
		state.lists[id] = { version = 0, jids = {}, places = {} };
	end
	local list = state.lists[id];
	if not list or not version or list.version ~= (is_changed and version - 1 or version) then
		forget(state, id);
		return nil, "item-not-found", "The list is not known in this version";
	end
	list.version = version;
	local except;
	for _, child in ipairs(copies.tags) do
		local jid, change = child.attr.jid, changes[child.name];
		local condition, text;
		if change then condition, text = change(state, list, jid); end
		if condition then
			forget(state, id);
			return nil, condition, text;
		end
		if child.name == "but" and jid then
			except = except or {};
			except[jid] = true;
		end
	end
	return list, except;
end

-- Returns the kept copies that the ranges "3 5-8" name, or nil, condition and text.
local function read_kept(state, ranges)
	local found = {};
	for first, last in ranges:gmatch("(%d+)%-?(%d*)") do
		first = tonumber(first);
		for key = first, math.min(tonumber(last) or first, max_kept) do
			local copy = state.kept[key];
			if not copy then return nil, "item-not-found", "No stanza is kept as "..key; end
			found[#found+1] = copy;
		end
	end
	return found;
end

-- Returns the recipients and those of them that are left out; or nil, condition and text.
local function read_recipients(state, copies)
	local list, to = copies.attr.list, copies.attr.to;
	if list then
		local found, except, text = read_list(state, copies);
		return found and found.jids, except, text;
	elseif not to or not full_sessions[to] and jid_prep(to) ~= to then
		return nil, "jid-malformed", "A list or a valid address is needed";
	end
	return { to };
end

-- Returns what the element of a stanza asks for: copies, their recipients and those of them that are left out; or nil,
-- condition and text. `copy` is what is kept of the stanza.
local function read(origin, copy, copies)
	local attr = copies.attr;
	if attr.forget == "*" then states[origin] = nil; end
	local state = state_of(origin);
	for id in (attr.forget or ""):gmatch("%S+") do forget(state, id); end
	local jids, except, text = read_recipients(state, copies);
	if not jids then return nil, except, text; end
	local job = { copies = { copy }, recipients = jids, except = except };
	if attr.send then
		local kept, condition, why = read_kept(state, attr.send);
		if not kept then return nil, condition, why; end
		job.copies = kept;
	elseif attr.keep then
		local key = tonumber(attr.keep);
		if not key or key < 1 or key > max_kept then
			return nil, "not-acceptable", "At most "..max_kept.." stanzas are kept";
		end
		state.kept[key] = copy;
	end
	return job;
end

return { xmlns = xmlns_copies, max_addresses = max_addresses, max_kept = max_kept, read = read };
