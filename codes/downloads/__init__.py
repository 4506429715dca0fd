"""The whole open content as files: tables for spreadsheets and programs, and one object a code. Reads, never writes."""
