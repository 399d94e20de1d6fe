"""Every address of the site, and what it may say of a restricted incident.

Whatever an address is, somebody who is not named must get the very same answer as if the incident
had never been written down: in lists, counts, searches, suggestions, links back, feeds, exports and
errors.  That is asked of all of them.  What differs is what the people who are named get:

- ``OWN``: the incident itself or a part of it; they get it, everybody else a 404;
- ``TELLS``: a page that is for everybody and mentions it to them;
- ``OTHER``: whatever it may be, it is asked only that it keeps silent;
- ``ELSEWHERE``: not asked here, for the reason beside it.

An address that is new fails ``test_every_address_is_classified`` until it stands below.
"""

OWN, TELLS, OTHER = "own", "tells", "other"

#: Not asked, and why.
ELSEWHERE = {
    "metrics": "counts rows for operators, with a token of its own",
    "readyz": "says how old the index is",
    "account_logout": "would end the session that asks",
    "api-schema": "the same for everybody, and slow",
    "api-docs": "names what its reader sees first; asked in tests/operations/test_api_docs.py",
}

_OWN = """
records:incident records:incident-md records:incident-history records:incident-edit
records:incident-log records:paste records:timeline-csv records:timeline-md records:line-new
records:line-edit records:line-remove records:action records:action-edit records:action-history
attachments:file
api:incident api:timeline api:timeline-line api:incident-missing api:incident-moves
api:incident-markdown api:link-list api:link api:action api:reading api:attachment
api:attachment-content api:comment
"""

_TELLS = """
overview:front hosts:detail records:incident-list records:reading-list records:lesson
records:action-list search:search wiki:page exports:feed-incidents
api:incident-list api:action-list api:reading-list api:reading-agenda api:search api:lesson
api:attachment-list api:action-event-list api:quote-list
"""

_OTHER = """
api:changes api:export api:watching exports:feed-changes transfer:export transfer:zip
watching:changes watching:end watching:list
api:action-bulk api:confirmation api:confirmations api:group-visit api:host-visit api:hosts-bulk
api:site-visit exports:feed-search hosts:bulk hosts:bulk-undo
api:netbox-object-detail api:netbox-object-list api:netbox-pull-detail api:netbox-pull-list
hosts:group-visit hosts:site-visit hosts:visit intake:netbox intake:upload intake:upload-preview
learning:confirmation records:actions-act records:lesson-md learning:similar api:similar
api:where-else
learning:metrics api:incident-metrics
api:bin api:bin-back api:bin-purge api:comment-list api:end-of-life api:host-end-of-life
api:mentions api:preview api:search-suggest api:suggest api:wanted-pages bin:back bin:bin bin:purge
comments:edit comments:history comments:new comments:resolve hosts:end-of-life search:recent-forget
search:suggest wiki:page-text wiki:presence wiki:suggest wiki:wanted
hosts:shelf-lives hosts:list hosts:new hosts:edit hosts:facts hosts:history hosts:merge
hosts:merge-undo hosts:retire hosts:upkeep hosts:site-list hosts:site-new hosts:site
hosts:site-edit hosts:site-history hosts:site-upkeep hosts:service-list hosts:service-new
hosts:service hosts:service-edit hosts:service-history hosts:service-upkeep hosts:group-list
hosts:group-new hosts:group hosts:group-edit hosts:group-history hosts:group-upkeep
hosts:runbook-new hosts:runbook-edit hosts:runbook-history hosts:runbook-away hosts:runbook-back
hosts:kit-new hosts:kit-edit hosts:kit-history hosts:kit-away hosts:kit-back hosts:spare-new
hosts:spare-edit hosts:spare-history hosts:spare-away hosts:spare-back hosts:access-new
hosts:access-edit hosts:access-history hosts:access-away hosts:access-back hosts:advisories
hosts:advisory-new hosts:advisory-edit hosts:advisory-history hosts:advisory-away
hosts:advisory-back hosts:due hosts:take-back intake:collector patterns:list patterns:preview
patterns:preview-cancel patterns:names patterns:import patterns:export patterns:versions
patterns:restore patterns:owner patterns:sleep patterns:upgrade patterns:new patterns:detail
patterns:edit patterns:switch patterns:overrides patterns:override-end patterns:host-checks
patterns:coverage patterns:flag-list patterns:flags-act patterns:flag patterns:flag-accept
patterns:flag-acknowledge patterns:flag-reopen patterns:flag-assign patterns:sweep-start
patterns:sweep patterns:sweep-progress patterns:sweep-cancel records:incident-new records:wording
records:kept records:reading-act records:link-new records:link-remove records:factor-list
records:factor-edit records:offline records:worker records:incident-status records:lesson-list
records:lesson-new records:lesson-edit records:lesson-state records:lesson-read records:quote-new
records:quote-remove records:lesson-history records:action-new records:action-move
alerts:hook-alertmanager alerts:hook-pagerduty digests:list digests:detail digests:html
digests:failures digests:again digests:offer digests:subscribe digests:subscription
digests:preview digests:preview-html digests:test digests:unsubscribe exports:webhooks
exports:webhook exports:webhook-test exports:webhook-secret exports:webhook-remove
exports:feed-flags exports:feed-lessons exports:feed-dates exports:feeds-new exports:feeds-end
wiki:page-list wiki:page-new wiki:page-edit wiki:page-history wiki:preview attachments:list
attachments:thumbnail attachments:remove healthz web:look accounts:settings accounts:token-new
accounts:token-end accounts:view-save accounts:view-remove accounts:people accounts:person-new
accounts:person accounts:team-new accounts:team account_login account_inactive account_signup
account_reauthenticate account_change_password account_set_password account_reset_password
account_reset_password_done account_reset_password_from_key account_reset_password_from_key_done
account_email api:host-facts api:facts api:team-list api:team api:me api:saved-views
api:saved-view api:page-list api:page api:shelf-lives api:host-list api:host api:host-history
api:host-merge api:merge-list api:merge-undo api:site-list api:site api:service-list api:service
api:group-list api:group api:upkeep-list api:upkeep api:host-upkeep api:service-upkeep
api:group-upkeep api:site-upkeep api:runbook-list api:runbook api:kit-list api:kit api:spare-list
api:spare api:access-list api:access api:advisory-list api:advisory api:pattern-preview
api:pattern-preview-run api:host-verdicts api:coverage api:pattern-overrides api:pattern-override
api:pattern-export api:pattern-import api:pattern-versions api:pattern-sleep api:flag-list
api:flag-bulk api:flag-detail api:flag-accept api:flag-acknowledge api:flag-assign api:flag-reopen
api:pattern-list api:pattern-detail api:pattern-yaml api:sweep-list api:sweep-detail
api:lesson-list api:quote api:wording api:timeline-read api:timeline-many api:factor-list
api:factor api:hook-alertmanager api:hook-pagerduty api:digest-list api:digest api:digest-again
api:hook-bounce api:subscription-now api:subscription-list api:subscription api:inventory-ansible
api:webhook-list api:webhook api:webhook-test api:webhook-secret api:webhook-deliveries
api:revisions api:revision-changes api:revision-authors api:revision-restore
"""

SURFACES: dict[str, str] = {
    **dict.fromkeys(_OTHER.split(), OTHER),
    **dict.fromkeys(_OWN.split(), OWN),
    **dict.fromkeys(_TELLS.split(), TELLS),
}
