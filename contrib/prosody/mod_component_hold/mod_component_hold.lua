-- Holds the stanzas for an external component (XEP-0114) while it is not connected, and delivers them in order when it
-- connects. README.md describes the options, docs/hold.md the request by which a component announces its end.

local st = require "util.stanza";
local xpcall = require "util.xpcall".xpcall;

local host = prosody.hosts[module.host];
local traceback = debug.traceback;

local xmlns_hold = "verona:hold:0";

local hold_seconds = module:get_option_number("component_hold_seconds", 10);
local max_stanzas = module:get_option_number("component_hold_stanzas", 10000);
local max_bytes = module:get_option_number("component_hold_bytes", 10485760);

-- Before all other modules, so that they see each stanza once, when it is delivered.
local priority = 1000;

-- What is held: events, the bytes of their stanzas, and the connection that asked for it; nil while nothing is held.
local held;

local function handle_error(err) module:log("error", "Cannot deliver a held stanza: %s", traceback(err, 2)); end

-- Lets an event take its usual way: to the component, or to Prosody's own answer that it is not connected.
local function pass(event)
	-- A connection that has ended has no functions any more.
	local origin = event.origin.destroyed and host or event.origin;
	host.events.fire_event(event.name, { origin = origin, stanza = event.stanza, to_self = event.to_self });
end

local function release()
	local events = held;
	if not events then return; end
	held = nil;
	module:log("info", "%d stanzas were held", #events);
	for _, event in ipairs(events) do xpcall(pass, handle_error, event); end
end

local function hold(session)
	if held then
		held.session = session;
		return;
	end
	local events = { bytes = 0, session = session };
	held = events;
	module:log("info", "Stanzas are held for at most %g seconds", hold_seconds);
	module:add_timer(hold_seconds, function ()
		if held == events then release(); end
	end);
end

local function is_answer(stanza)
	return stanza.name == "iq" and (stanza.attr.type == "result" or stanza.attr.type == "error");
end

local function refuse(event)
	local stanza = event.stanza;
	if stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		event.origin.send(st.error_reply(stanza, "wait", "resource-constraint", "Too many stanzas wait for this service"));
	end
	return true;
end

local function keep(name, event)
	-- Answers are for the connection that asked the question.
	if not held or held.session and is_answer(event.stanza) then return; end
	local stanza = st.clone(event.stanza);
	local bytes = held.bytes + #tostring(stanza);
	if #held >= max_stanzas or bytes > max_bytes then return refuse(event); end
	held.bytes = bytes;
	held[#held+1] = { name = name, origin = event.origin, stanza = stanza, to_self = event.to_self };
	return true;
end

for _, kind in ipairs { "iq", "message", "presence" } do
	for _, to in ipairs { "bare", "full", "host" } do
		local name = kind.."/"..to;
		module:hook(name, function (event) return keep(name, event); end, priority);
	end
end

module:hook("iq/host", function (event)
	local origin, stanza = event.origin, event.stanza;
	local is_own = origin.type == "component" and origin.host == module.host and stanza.attr.from == module.host;
	if not is_own or stanza.attr.type ~= "set" or not stanza:get_child("hold", xmlns_hold) then return; end
	hold(origin);
	origin.send(st.reply(stanza));
	return true;
end, priority + 1);

-- mod_component's environment has the connection of the moment. Its event also comes for connections that it refused.
module:hook("component-disconnected", function (event)
	if host.modules.component.session == event.session then hold(); end
end);

module:hook("component-authenticated", release);

-- Prosody has just started, or the module has: the component may connect soon.
if not (host.modules.component and host.modules.component.session) then hold(); end

function module.unload() release(); end
