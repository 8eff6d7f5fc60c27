from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0011_last_change"),
        ("notifications", "0004_learning_raised"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="message",
            name="message_of_one_thing_or_of_none",
        ),
        migrations.AlterField(
            model_name="message",
            name="kind",
            field=models.CharField(
                choices=[
                    ("needs_you", "The next step is yours"),
                    ("updated", "There is something new"),
                    ("changed", "How urgent it is, or what keeps the child safe, has changed"),
                    ("date_moved", "A due date has moved"),
                    ("notice_given", "The other side means to take this further"),
                    ("accepted", "A manager has accepted this"),
                    ("moved", "This has gone to another stage"),
                    ("declined", "A manager has answered you"),
                    ("view_given", "The independent view is there"),
                    ("advice_given", "The advice you asked for is there"),
                    ("settled", "This has been settled"),
                    ("ended", "This has ended"),
                    ("reopened", "This is open again"),
                    ("reminder", "Due soon"),
                    ("lapsed", "The time is up"),
                    ("passed_on", "Not answered in time: it is with you too"),
                    ("overdue", "Still not done"),
                    ("overdue_outside", "A timescale has lapsed"),
                    ("stage_outside", "A case has come to a stage you are told of"),
                    ("password_link", "Somebody asked for a link to set your password"),
                    ("sign_in_changed", "How you sign in was changed"),
                    ("email_changing", "Somebody asked to change your email address"),
                    ("second_step_reset", "Two administrators took your second step away"),
                    ("deputy_named", "Somebody acts for you as your deputy"),
                    ("many_opened", "Somebody opened unusually many cases"),
                    ("glass", "Somebody outside read this in an emergency"),
                    ("glass_review", "Look into an emergency access"),
                    ("invited", "You are invited to a meeting"),
                    ("meeting_moved", "A meeting has another time or place"),
                    ("meeting_off", "A meeting is off for you"),
                    ("rethink", "There is something new in a facilitated meeting"),
                    ("concern_raised", "A concern about an agency waits for you"),
                    ("learning", "There is an answer to what you raised"),
                    ("learning_raised", "Something was raised for you to decide on"),
                    ("recognised", "A colleague recognises good practice"),
                    ("keeping", "Somebody asks that words are removed"),
                    ("concern_answered", "Your designated lead has answered you"),
                ],
                max_length=20,
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("case", None),
                        ("concern", None),
                        ("invitation", None),
                        (
                            "kind__in",
                            (
                                "password_link",
                                "sign_in_changed",
                                "email_changing",
                                "second_step_reset",
                                "deputy_named",
                                "many_opened",
                                "learning",
                                "learning_raised",
                                "recognised",
                                "keeping",
                            ),
                        ),
                        ("reference", ""),
                        ("rethink", None),
                    ),
                    models.Q(
                        models.Q(
                            models.Q(
                                ("case__isnull", False),
                                ("concern", None),
                                ("invitation", None),
                                ("rethink", None),
                            ),
                            models.Q(
                                ("case", None),
                                ("concern", None),
                                ("invitation__isnull", False),
                                ("rethink", None),
                            ),
                            models.Q(
                                ("case", None),
                                ("concern", None),
                                ("invitation", None),
                                ("rethink__isnull", False),
                            ),
                            models.Q(
                                ("case", None),
                                ("concern__isnull", False),
                                ("invitation", None),
                                ("rethink", None),
                            ),
                            _connector="OR",
                        ),
                        models.Q(
                            (
                                "kind__in",
                                (
                                    "password_link",
                                    "sign_in_changed",
                                    "email_changing",
                                    "second_step_reset",
                                    "deputy_named",
                                    "many_opened",
                                    "learning",
                                    "learning_raised",
                                    "recognised",
                                    "keeping",
                                ),
                            ),
                            _negated=True,
                        ),
                    ),
                    _connector="OR",
                ),
                name="message_of_one_thing_or_of_none",
            ),
        ),
    ]
