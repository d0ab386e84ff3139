"""The admin: search, an autocomplete, date pickers and inline rows."""

from django.contrib import admin

from tests.bots.systems.django_kyufu.models import Application, Child, Person


@admin.register(Person)
class PersonAdmin(admin.ModelAdmin):
    search_fields = ("number", "name")


class ChildInline(admin.TabularInline):
    model = Child
    extra = 0


@admin.register(Application)
class ApplicationAdmin(admin.ModelAdmin):
    list_display = ("number", "person", "received")
    search_fields = ("number",)
    autocomplete_fields = ("person",)
    inlines = (ChildInline,)
