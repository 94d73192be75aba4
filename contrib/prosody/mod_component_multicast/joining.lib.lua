-- Joins what a client is sent in one turn of Prosody's loop, as each write costs a timer and a system call. Whatever else
-- is sent to the client comes behind it.

local filters = require "util.filters";
local now = require "util.time".monotonic;
local concat = table.concat;

local max_texts = 192; -- of one client
local max_age = 0.02; -- seconds; timers wait while Prosody is busy

-- By session: how to send, then the texts that wait. That is to the connection of the moment: after a resumption the client
-- gets from its queue what the old connection lost.
local waiting = {};
local oldest;
local joined = setmetatable({}, { __mode = "k" });

local function put_before(data, session)
	local texts = waiting[session];
	if not texts or not data then return data; end
	waiting[session] = nil;
	return concat(texts, "", 2)..data;
end

local function flush_all()
	local all = waiting;
	waiting, oldest = {}, nil;
	for _, texts in pairs(all) do texts[1](concat(texts, "", 2)); end
end

-- Sends head, address and tail of a stanza to a client.
local function write(session, head, to, tail)
	local texts = waiting[session];
	if texts then
		local count = #texts;
		texts[count + 1], texts[count + 2], texts[count + 3] = head, to, tail;
		if count > max_texts then
			waiting[session] = nil;
			texts[1](concat(texts, "", 2));
		end
		return;
	end
	waiting[session] = { session.rawsend, head, to, tail };
	if not joined[session] then
		joined[session] = true;
		filters.add_filter(session, "bytes/out", put_before, 1000);
	end
	if not oldest then
		oldest = now();
		module:add_timer(0, flush_all);
	end
end

local function flush_old()
	if oldest and now() - oldest > max_age then flush_all(); end
end

local function unload()
	flush_all();
	for session in pairs(joined) do filters.remove_filter(session, "bytes/out", put_before); end
end

return { write = write, flush_old = flush_old, unload = unload };
