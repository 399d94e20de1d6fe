"""Actions and what they went through, by tooling."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from incidents.hosts.api_fields import Named
from incidents.hosts.models import Host
from incidents.patterns.models import Pattern
from incidents.records import actions
from incidents.records.models import Action, Incident, Lesson
from incidents.records.serializers.shared import KEPT, Reason
from incidents.records.trails import ActionEvent
from kb.accounts.models import Team, User
from kb.wiki.revisions import Conflict, Saved
from kb.wiki.serializers import RevisedSerializer


class ActionSerializer(RevisedSerializer):
    incident: Any = serializers.PrimaryKeyRelatedField(
        queryset=Incident.objects.all(), allow_null=True, required=False
    )
    lesson: Any = Named(
        slug_field="slug",
        queryset=Lesson.objects.filter(deleted_at=None),
        allow_null=True,
        required=False,
    )
    owner: Any = Named(
        slug_field="username", queryset=User.objects.all(), allow_null=True, required=False
    )
    team: Any = Named(
        slug_field="slug", queryset=Team.objects.all(), allow_null=True, required=False
    )
    verified_by: Any = Named(
        slug_field="slug", queryset=Pattern.objects.all(), allow_null=True, required=False
    )
    verify_hosts: Any = Named(
        slug_field="name", queryset=Host.objects.all(), many=True, required=False
    )
    comment = Reason()

    link_keys = {"verify_hosts": "name"}

    class Meta:
        model = Action
        fields = [
            "id", "title", "notes", "kind", "state", "incident", "lesson", "owner", "owner_name",
            "team", "due", "tracker_url", "verified_by", "verify_scope", "verify_hosts",
            "verified_at", "done_at", "comment", *KEPT,
        ]  # fmt: skip
        read_only_fields = ["owner_name", "verified_at", "done_at", "created_at", "updated_at"]

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        if "request" in self.context and self.user.is_authenticated:
            # An incident that the writer may not see must look like one that is not there.
            fields["incident"].queryset = Incident.objects.visible_to(self.user)
        return fields

    def make(self, fields: dict[str, Any], relations: dict[str, Any]) -> Action:
        fields.pop("comment", None)
        return actions.create_action(
            by=self.user,
            now=timezone.now(),
            verify_hosts=relations.get("verify_hosts", ()),
            **fields,
        )

    def store(
        self, instance: Action, changes: dict[str, Any], relations: dict[str, Any]
    ) -> Saved[Action] | Conflict[Action]:
        comment = changes.pop("comment", "")
        return actions.save_action(
            instance,
            expected=instance.revision,
            by=self.user,
            changes=changes,
            relations=relations,
            comment=comment,
            now=timezone.now(),
        )


class EventSerializer(serializers.ModelSerializer[ActionEvent]):
    """What an action went through; ``by`` is the name it was done under, empty where facts did."""

    by: Any = serializers.CharField(source="by_name", read_only=True)

    class Meta:
        model = ActionEvent
        fields = [
            "id", "action", "at", "kind", "before", "after", "by", "because", "pattern", "hosts",
            "flag",
        ]  # fmt: skip
