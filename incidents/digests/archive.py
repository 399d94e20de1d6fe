"""Each mail as it was sent, for as much of it as a reader may still see."""

from incidents.digests import audience, deliver, mail, notices
from incidents.digests.content import thaw, withhold
from incidents.digests.models import Digest, DigestKind
from kb.accounts.models import User


def as_shown_to(user: User, digest: Digest) -> mail.Letter | None:
    """The very mail where all it names may be seen, else one that names what is withheld.

    One that was never sent is shown as it would have been; None where nothing was written yet.
    """
    if digest.html and set(digest.named) <= audience.visible_numbers([user], set(digest.named)):
        return mail.Letter(digest.subject, digest.text, digest.html)
    if digest.composed_at is None or not digest.items:
        return None
    if digest.kind == DigestKind.NOTICE:
        shown, _ = notices.shown_to(digest, [user])
        return notices.write(shown, digest.subscription, "") if shown else None
    content = deliver.as_seen_by([user], thaw(digest.items))
    if digest.html:  # as it was sent: what was withheld then stays so
        content = withhold(content, set(digest.named))
    return mail.write(content, language=digest.subscription.language)
