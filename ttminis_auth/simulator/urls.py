from django.urls import path

from ttminis_auth.simulator.views import authorize, control, oauth, sdk, user_info

app_name = "ttminis_simulator"
urlpatterns = [
    path("v2/oauth/token/", oauth.token, name="token"),
    path("v2/oauth/revoke/", oauth.revoke, name="revoke"),
    path("v2/user/info/", user_info.user_info, name="user_info"),
    path("", control.page, name="control"),
    path("control.css", sdk.stylesheet, name="stylesheet"),
    path("control/sign-in/", control.sign_in, name="sign_in"),
    path("control/remove-app/", control.remove_app, name="remove_app"),
    path("control/end/", control.end, name="end"),
    path("control/fault/", control.order_fault, name="order_fault"),
    path("control/clear-faults/", control.clear_faults, name="clear_faults"),
    path("control/clear/", control.clear, name="clear"),
    path("control/webhook-url/", control.set_webhook_url, name="set_webhook_url"),
    path("control/webhook/", control.send_webhook, name="send_webhook"),
    path("control/replay/", control.replay, name="replay"),
    path("sdk.js", sdk.script, name="sdk"),
    path("sdk/login/", sdk.login, name="sdk_login"),
    path("sdk/prompt/", sdk.prompt, name="sdk_prompt"),
    path("sdk/authorize/", sdk.authorize, name="sdk_authorize"),
    path("v2/auth/authorize/", authorize.authorize, name="authorize"),
    path("avatars/<str:handle>.svg", user_info.avatar, name="avatar"),
]
