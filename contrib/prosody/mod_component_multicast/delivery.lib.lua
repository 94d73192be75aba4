-- Delivers copies of one stanza. Each copy passes the events of the recipient's host, so that blocking, carbons, archives and
-- other modules see it. The text is made once: where nobody filters what a client is sent, a copy is that text with the
-- client's address.

local joining = module:require "joining";
local new_id = require "util.uuid".generate;
local sessions = require "core.sessionmanager";
local st = require "util.stanza";

local full_sessions, hosts = prosody.full_sessions, prosody.hosts;
local getinfo = debug.getinfo;
local xml_escape = st.xml_escape;

-- Stands for the address in the text. Nobody can write it into a stanza.
local placeholder = new_id();

-- Filters that take the stanza, or a changed clone of it, and leave the stanza itself as it is.
local harmless_files = { ["mod_smacks.lua"] = true, ["mod_csi_simple.lua"] = true };
local session_file = getinfo(sessions.new_session, "S").source;

-- Remembers the answer of a test for each function.
local function remember(test)
	return setmetatable({}, { __mode = "k", __index = function (answers, func)
		local answer = test(getinfo(func, "S").source);
		answers[func] = answer;
		return answer;
	end });
end

local is_harmless = remember(function (source) return harmless_files[source:match("[^/\\]*$")] == true; end);
-- A session that sends in another way (BOSH, say) has a function of its own.
local is_usual_send = remember(function (source) return source == session_file; end);

-- Returns true if the filters of a session do not change the stanza that they are given.
local function are_harmless(filters)
	for i = 1, #filters do
		if not is_harmless[filters[i]] then return false; end
	end
	return true;
end

-- Finds out whether the debug log is written: only then is the argument turned into text.
local is_logged;
local log_probe = setmetatable({}, { __tostring = function () is_logged = true; return "one by one"; end });

-- A stanza whose copies are to be delivered.
local function new_copy(stanza)
	return { stanza = stanza };
end

local function write_text(copy)
	local stanza = copy.stanza;
	local attr = stanza.attr;
	local to = attr.to;
	attr.to = placeholder;
	local text = tostring(stanza);
	attr.to = to;
	local first, last = text:find(placeholder, 1, true);
	copy.head, copy.tail, copy.children = text:sub(1, first - 1), text:sub(last + 1), #stanza;
end

-- Writes a copy to a client; returns nothing if that is up to Prosody's own handler, as with everything unusual.
local function write_to(copy, session)
	local stanza = copy.stanza;
	local to = stanza.attr.to;
	if not session.conn or not is_usual_send[session.send] then return; end
	local filters = session.filters["stanzas/out"];
	if filters and filters[1] then
		if not are_harmless(filters) then return; end
		local filtered = session.filter("stanzas/out", stanza);
		if filtered == nil then return true; end
		if filtered ~= stanza then
			session.rawsend(tostring(filtered));
			return true;
		end
	end
	-- A module may have removed an element for all.
	if copy.children ~= #stanza then write_text(copy); end
	joining.write(session, copy.head, to:find("['&<>\"]") and xml_escape(to) or to, copy.tail);
	return true;
end

-- The copy under way.
local current;

-- Returns true if two elements have the same content.
local function is_same(a, b)
	if a == b then return true; end
	if type(a) ~= "table" or type(b) ~= "table" or a.name ~= b.name or #a ~= #b then return false; end
	for key, value in pairs(a.attr) do
		if b.attr[key] ~= value then return false; end
	end
	for key in pairs(b.attr) do
		if a.attr[key] == nil then return false; end
	end
	for i = 1, #a do
		if not is_same(a[i], b[i]) then return false; end
	end
	return true;
end

-- Comes in place of Prosody's own handler, after those of other modules. These may have put a clone into the event, as
-- mod_mam does, which looks for forged ids.
local function handle_copy(event)
	local stanza = event.stanza;
	local session = current and full_sessions[stanza.attr.to];
	if session and is_same(stanza, current.stanza) then return write_to(current, session); end
end

-- Priorities: messages just before mod_message (-1) and behind everybody else; presence just before mod_presence (0).
local priorities = { ["message/full"] = -0.99, ["presence/full"] = 0.01 };
local hooked = {};

local function hook_host(host)
	local context = module:context(host);
	for event, priority in pairs(priorities) do context:hook(event, handle_copy, priority); end
	hooked[host] = true;
end

module:hook_global("host-deactivated", function (event)
	hooked[type(event) == "table" and event.host or event] = nil;
end);

-- mod_presence has its own way with requests for subscriptions.
local presence_types = { unavailable = true, error = true };

local function begin(copy)
	local stanza = copy.stanza;
	is_logged = false;
	module:log("debug", "Copies of a stanza of %s come %s", stanza.attr.from, log_probe);
	local is_simple = stanza.name == "message" or not stanza.attr.type or presence_types[stanza.attr.type];
	current = not is_logged and is_simple and copy or nil;
end

-- Returns true if no other module handles an event before, or watches all events.
local function has_no_others(events, event)
	if events.get_handlers(event)[1] ~= handle_copy then return false; end
	local fire = events.fire_event;
	-- Prosody gives access to what a function refers to.
	return not fire.global_wrappers and not fire.wrappers[event];
end

-- Modules that keep the stanza clone it, as for Prosody's own rooms: all copies share one.
local function deliver_to(stanza, origin, jid)
	stanza.attr.to = jid;
	local session = full_sessions[jid];
	local host = session and hosts[session.host];
	if host then
		if not hooked[session.host] then hook_host(session.host); end
		local event, events = stanza.name.."/full", host.events;
		if current and has_no_others(events, event) and write_to(current, session) then return; end
		if events.fire_event(event, { origin = origin, stanza = stanza }) then return; end
	end
	module:send(stanza, origin);
end

-- Delivers a copy to each address.
local function deliver(copy, origin, jids, except)
	begin(copy);
	for i = 1, #jids do
		local jid = jids[i];
		if not except or not except[jid] then deliver_to(copy.stanza, origin, jid); end
	end
	current = nil;
	joining.flush_old();
end

return { new_copy = new_copy, deliver = deliver, unload = joining.unload };
