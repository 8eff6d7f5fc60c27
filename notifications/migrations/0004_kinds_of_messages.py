from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_messages_of_no_case"),
    ]

    operations = [
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
                    ("password_link", "Somebody asked for a link to set your password"),
                    ("sign_in_changed", "How you sign in was changed"),
                    ("second_step_reset", "Two administrators took your second step away"),
                    ("many_opened", "Somebody opened unusually many cases"),
                ],
                max_length=20,
            ),
        ),
    ]
