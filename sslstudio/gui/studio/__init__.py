"""Where the pages meet the services: controllers and adapters, wired in one place."""
