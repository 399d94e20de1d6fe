"""``/digests/``: every mail ever sent, and who gets them."""

from django.urls import path

from incidents.digests import views

app_name = "digests"
urlpatterns = [
    path("digests/", views.digest_list, name="list"),
    path("digests/<int:pk>/", views.digest_detail, name="detail"),
    path("digests/<int:pk>/mail/", views.digest_html, name="html"),
    path("digests/failures/", views.failure_list, name="failures"),
    path("digests/<int:pk>/again/", views.try_again, name="again"),
    path("digests/offer/", views.answer_offer, name="offer"),
    path("digests/subscriptions/new/", views.subscription_new, name="subscribe"),
    path("digests/subscriptions/<uuid:pk>/", views.subscription_edit, name="subscription"),
    path("digests/subscriptions/<uuid:pk>/now/", views.preview, name="preview"),
    path("digests/subscriptions/<uuid:pk>/now/mail/", views.preview_html, name="preview-html"),
    path("digests/subscriptions/<uuid:pk>/test/", views.send_test, name="test"),
    path("digests/unsubscribe/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
