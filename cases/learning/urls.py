"""Addresses of learning."""

from django.urls import path

from cases.learning import accounts, views

urlpatterns = [
    path("learning/", views.learning, name="learning"),
    path("learning/raise/", views.learning_raise, name="learning_raise"),
    path("learning/mine/", views.my_learning, name="my_learning"),
    path("learning/all/", views.learning_list, name="learning_list"),
    path("learning/items/<int:pk>/", views.learning_item, name="learning_item"),
    path("learning/recognise/", views.recognise, name="recognise"),
    path("learning/recognised/", views.recognitions, name="recognitions"),
    path("learning/briefing/", views.briefing, name="briefing"),
    path("learning/supervision/", views.supervision, name="supervision"),
    path("learning/reflections/", accounts.reflections, name="reflections"),
    path("learning/reflections/new/", accounts.reflection_new, name="reflection_new"),
    path("learning/reflections/<int:pk>/", accounts.reflection, name="reflection"),
    path("learning/reflections/<int:pk>/edit/", accounts.reflection_edit, name="reflection_edit"),
    path("learning/reflections/<int:pk>/delete/", accounts.reflection_delete, name="reflection_delete"),
    path("learning/reflections/<int:pk>/file/<slug:kind>/", accounts.reflection_file, name="reflection_file"),
]
