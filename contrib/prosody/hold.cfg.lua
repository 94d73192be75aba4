-- In the global section: the folder that has mod_component_hold. If the configuration already has "plugin_paths", as on
-- Debian, add the folder to that list: a second line would replace the first.
plugin_paths = { "/usr/local/lib/prosody/verona" }

-- Add this line to the section that the component has already.
Component "conference.example.com"
	modules_enabled = { "component_hold" }
