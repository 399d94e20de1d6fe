"""What an empty pattern form holds: a whole small pattern to change."""

STARTING_TEXT = """\
pattern: give-it-a-name
title: What is wrong, in a few words
severity: medium
likelihood: medium
applies: "storage.raids.size() > 0"
match: "storage.raids.exists(r, r.state == 'degraded')"
say:
  match: "{storage.raids.filter(r, r.state == 'degraded').map(r, r.name); An array} is degraded."
why: |
  What happened to whom, and why it will happen again.
fix: |
  1. What to do first.
lessons: []
examples:
  - facts: {storage: {raids: [{name: md0, state: degraded}]}}
    verdict: match
  - facts: {storage: {raids: [{name: md0, state: optimal}]}}
    verdict: clear
  - facts: {storage: {raids: [{name: md0}]}}
    verdict: unknown
"""
