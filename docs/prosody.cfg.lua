-- In the global section. The link to a component is not encrypted: keep it on this machine or a private network.
component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }
-- Small packets are not held back until others are acknowledged: rooms answer some 30 ms sooner.
network_settings = { nagle = false }

-- At the end of the file. Remove a Component line of the same name, such as that of Prosody's own "muc".
Component "conference.example.com"
	component_secret = "change-me"
	-- Prosody closes the link for a larger stanza than this, by default of 524288 bytes. Verona writes none over 500000.
	component_stanza_size_limit = 1048576
