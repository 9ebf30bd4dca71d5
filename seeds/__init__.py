"""The seed story as commands, one a line, loaded in this order through the import like anybody's.

- `01-indicators.ndjson`: what is measured, each definition kept apart from its look-alikes.
- `02-sources.ndjson`: originators, spokespersons and publishers, and the grades with their reasons.
- `03-timeline.ndjson`: what was published on North Korean personnel in Russia, by publication date.
- `04-seed-document.ndjson`: the news item of 26 June 2025 with which the story starts.

`README.md` beside them says where the figures come from and how unclear ones were read.
"""
