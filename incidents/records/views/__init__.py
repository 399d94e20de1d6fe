"""Pages of incidents with their timelines, lessons and actions."""
