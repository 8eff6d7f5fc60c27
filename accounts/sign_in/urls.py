"""Addresses of signing in: the second step, one's own sign-in, fresh proof."""

from django.urls import path

from accounts.views import forgotten, own_sign_in, providers, resets, second_step, signing

urlpatterns = [
    path("administration/people/<int:pk>/second-step/", resets.ask_reset, name="ask_reset"),
    path("administration/second-steps/<int:pk>/agree/", resets.agree_reset, name="agree_reset"),
    path("administration/second-steps/<int:pk>/decline/", resets.decline_reset, name="decline_reset"),
    path("sign-in/with/<slug:slug>/", providers.provider_start, name="provider_start"),
    path("sign-in/back/<slug:slug>/", providers.provider_back, name="provider_back"),
    path("me/sign-in/link/<slug:slug>/", providers.provider_link, name="provider_link"),
    path("me/sign-in/unlink/<int:pk>/", providers.provider_unlink, name="provider_unlink"),
    path("forgotten/", forgotten.forgotten, name="forgotten"),
    path("forgotten/sent/", forgotten.forgotten_sent, name="forgotten_sent"),
    path("forgotten/new/", forgotten.new_password, name="new_password"),
    path("forgotten/<str:token>/", forgotten.forgotten_link, name="forgotten_link"),
    path("stay/", signing.stay, name="stay"),
    path("leave/", signing.quick_exit, name="quick_exit"),
    path("left/", signing.left, name="left"),
    path("sign-in/second-step/", second_step.second_step, name="second_step"),
    path("sign-in/set-up/", second_step.set_up, name="set_up"),
    path("sign-in/set-up/app/", second_step.set_up_app, name="set_up_app"),
    path("sign-in/set-up/passkey/", second_step.set_up_passkey, name="set_up_passkey"),
    path("confirm/", second_step.confirm, name="confirm"),
    path("me/sign-in/", own_sign_in.my_sign_in, name="my_sign_in"),
    path("me/sign-in/password/", own_sign_in.change_password, name="change_password"),
    path("me/sign-in/app/", own_sign_in.add_app, name="add_app"),
    path("me/sign-in/passkey/", own_sign_in.add_passkey, name="add_passkey"),
    path("me/sign-in/remove/<slug:kind>/<int:pk>/", own_sign_in.remove_factor, name="remove_factor"),
    path("me/sign-in/recovery-codes/", own_sign_in.new_codes, name="new_codes"),
    path("me/sign-in/devices/others/", own_sign_in.end_other_sign_ins, name="end_other_sign_ins"),
    path("me/sign-in/devices/<slug:pk>/", own_sign_in.end_sign_in, name="end_sign_in"),
]
