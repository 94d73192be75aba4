-- In the global section: where mod_component_multicast.lua is. If there is a "plugin_paths" already, as in Debian's
-- configuration, add the folder to that list instead: another line of that name takes the place of the first.
plugin_paths = { "/usr/local/lib/prosody/verona" }

-- At the end of the file. Only the components that are named here may hand over stanzas.
Component "multicast.example.com" "component_multicast"
	component_multicast_senders = { "conference.example.com" }
