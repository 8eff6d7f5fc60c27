"""Addresses of everything about people."""

from django.urls import include, path

from accounts.views import corrections, directory, places, requests, roles, signing, staff, staff_lists

urlpatterns = [
    path("sign-in/", signing.sign_in, name="sign_in"),
    path("", include("accounts.sign_in.urls")),
    path("sign-out/", signing.sign_out, name="sign_out"),
    path("invitation/<str:token>/", signing.invitation, name="invitation"),
    path("demonstration/", signing.demo_sign_in, name="demo_sign_in"),
    path("directory/", directory.directory, name="directory"),
    path("me/", directory.me, name="me"),
    path("administration/", places.administration, name="administration"),
    path("administration/agencies/add/", places.add_agency, name="add_agency"),
    path("administration/agencies/<int:pk>/", places.agency, name="agency"),
    path("administration/agencies/<int:pk>/teams/add/", places.add_team, name="add_team"),
    path("administration/agencies/<int:pk>/staff-list/", staff_lists.staff_list, name="staff_list"),
    path("administration/staff-lists/<int:pk>/", staff_lists.staff_list_waits, name="staff_list_waits"),
    path(
        "administration/staff-lists/<int:pk>/confirm/",
        staff_lists.confirm_staff_list,
        name="confirm_staff_list",
    ),
    path(
        "administration/staff-lists/<int:pk>/decline/",
        staff_lists.decline_staff_list,
        name="decline_staff_list",
    ),
    path("administration/people/", staff.staff, name="staff"),
    path("administration/people/add/", staff.add_person, name="add_person"),
    path("administration/people/<int:pk>/", staff.person, name="person"),
    path("administration/people/<int:pk>/invitation/", staff.invite, name="invite"),
    path("administration/people/<int:pk>/leave/", staff.deactivate_person, name="deactivate_person"),
    path("administration/people/<int:pk>/return/", staff.reactivate_person, name="reactivate_person"),
    path("administration/people/<int:pk>/correct/", corrections.correct_person, name="correct_person"),
    path("administration/people/<int:pk>/email/", corrections.ask_email, name="ask_email_change"),
    path("administration/people/<int:pk>/move/", corrections.move_person, name="move_person"),
    path("administration/emails/<int:pk>/confirm/", corrections.confirm_email, name="confirm_email_change"),
    path("administration/emails/<int:pk>/decline/", corrections.decline_email, name="decline_email_change"),
    path("administration/people/<int:pk>/roles/", roles.choose_role, name="choose_role"),
    path("administration/people/<int:pk>/roles/<slug:role>/", roles.grant_role, name="grant_role"),
    path("administration/requests/", requests.role_requests, name="role_requests"),
    path("administration/requests/<int:pk>/confirm/", requests.confirm_role, name="confirm_role"),
    path("administration/requests/<int:pk>/decline/", requests.decline_role, name="decline_role"),
    path("administration/roles/<int:pk>/end/", roles.end_role, name="end_role"),
    path("administration/roles/<int:pk>/hand-over/", roles.hand_over_role, name="hand_over_role"),
    path("administration/roles/<int:pk>/deputy/", roles.name_deputy, name="name_deputy"),
    path("administration/deputies/<int:pk>/end/", roles.end_deputy, name="end_deputy"),
]
