component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }

Component "conference.example.com"
	component_secret = "change-me"
