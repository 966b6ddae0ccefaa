from django.contrib import admin

from drama.models import Progress


@admin.register(Progress)
class ProgressAdmin(admin.ModelAdmin):
    list_display = ["user", "episode", "seconds", "updated"]
    list_filter = ["episode"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
