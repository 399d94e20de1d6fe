from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "incidents.learning"
    label = "learning"
