-- In the global section: where mod_component_multicast.lua is.
plugin_paths = { "/usr/local/lib/prosody/verona" }

-- At the end of the file. Only the components that are named here may hand over stanzas.
Component "multicast.example.com" "component_multicast"
	component_multicast_senders = { "conference.example.com" }
