"""The same pages as JSON, under /api/v1/: what is asked is checked, what is answered is described (OpenAPI 3.1).

`v1` is the table of contents; each other module of routes has one subject. `door` is what all answers have in common,
`problems` how an error is told, `pages` how a long list is read on. What is promised is in docs/api.md.
"""
