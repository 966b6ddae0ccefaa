from django.contrib import admin

from game.models import Punch


@admin.register(Punch)
class PunchAdmin(admin.ModelAdmin):
    list_display = ["user", "stop"]
    list_select_related = ["user"]
    search_fields = ["user__username"]
