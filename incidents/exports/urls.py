"""Addresses of this room."""

from django.urls import path

from incidents.exports import views_feeds, views_webhooks

app_name = "exports"
urlpatterns = [
    path("settings/webhooks/", views_webhooks.webhook_list, name="webhooks"),
    path("settings/webhooks/<uuid:pk>/", views_webhooks.webhook_detail, name="webhook"),
    path("settings/webhooks/<uuid:pk>/test/", views_webhooks.webhook_test, name="webhook-test"),
    path(
        "settings/webhooks/<uuid:pk>/secret/", views_webhooks.webhook_secret, name="webhook-secret"
    ),
    path(
        "settings/webhooks/<uuid:pk>/remove/", views_webhooks.webhook_remove, name="webhook-remove"
    ),
    path("feeds/flags.atom", views_feeds.flags, name="feed-flags"),
    path("feeds/incidents.atom", views_feeds.incidents, name="feed-incidents"),
    path("feeds/lessons.atom", views_feeds.lessons, name="feed-lessons"),
    path("feeds/search/<int:pk>.atom", views_feeds.search, name="feed-search"),
    path("feeds/changes.atom", views_feeds.changes, name="feed-changes"),
    path("feeds/dates.ics", views_feeds.calendar, name="feed-dates"),
    path("settings/feeds/new/", views_feeds.feeds_new, name="feeds-new"),
    path("settings/feeds/end/", views_feeds.feeds_end, name="feeds-end"),
]
