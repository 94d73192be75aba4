-- In the global section: the folder that has mod_component_hold. If the configuration already has "plugin_paths", as on
-- Debian, add the folder to that list: a second line would replace the first.
plugin_paths = { "/usr/local/lib/prosody/verona" }

-- Add these lines to the section that the component has already.
Component "conference.example.com"
	modules_enabled = { "component_hold" }
	-- A new connection replaces the old one, which may hang. By default it is refused.
	component_conflict_resolve = "kick_old"
