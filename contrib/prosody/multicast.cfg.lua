-- In the global section: the folder that has mod_component_multicast. If the configuration already has "plugin_paths", as on
-- Debian, add the folder to that list: a second line would replace the first.
plugin_paths = { "/usr/local/lib/prosody/verona" }

-- At the end of the file. Only the components listed here may use it.
Component "multicast.example.com" "component_multicast"
	component_multicast_senders = { "conference.example.com" }
