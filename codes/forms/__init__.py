"""What comes in from people: cleaned, limited, and made into a page to propose. Never acts."""
