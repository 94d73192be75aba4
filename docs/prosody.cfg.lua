-- In the global section. The component link is not encrypted: keep it on this machine or a private network.
component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }
-- Prosody closes the link when a stanza is larger than this (default 524288 bytes). Verona sends at most 500000.
component_stanza_size_limit = 1048576
-- Sends small packets at once: rooms answer about 30 ms sooner.
network_settings = { nagle = false }

-- At the end of the file. Remove any other Component line for this domain, such as that of Prosody's own "muc".
Component "conference.example.com"
	component_secret = "change-me"
	-- Lets a new connection replace one that hangs. By default Prosody refuses the new one.
	component_conflict_resolve = "kick_old"
