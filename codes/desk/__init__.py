"""The editors' pages in the admin: deciding one correction, verifying items, rolling an edition over."""
