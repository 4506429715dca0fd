"""The texts that editors start with; senior editors change them in the admin."""

from django.db import migrations

REASONS = [
    ("reject", "The source says otherwise", "We looked at the source you named, and it does not bear out these words. If we read it wrong, tell us the page and the line."),
    ("reject", "No source could be found", "We found no source for this, and what stands on the page has one. A manual, a payer’s published rule or a law would decide it."),
    ("reject", "Holds for one payer only", "This is one payer’s rule. The page speaks of all payers; such a rule can stand there only with the payer’s name and its source."),
    ("reject", "Another edition", "This was so in another edition of CDT. For the edition on the page it is different."),
    ("reject", "Belongs to another code", "What you describe is another code’s subject, and stands on that code’s page."),
    ("reject", "Words of the ADA", "These words come from the ADA’s text, which we may not print. The fact is welcome in your own words."),
    ("reject", "Decided with another correction", "Somebody else had corrected the same lines, and we took those words. Thank you: you were right that something was wrong."),
    ("reject", "No correction", "This changes nothing that a reader would act on. Questions and experiences fit better as a comment under the page."),
    ("ask", "Which source?", "Where did you find this? A title with edition and page, or an address, is enough."),
    ("ask", "Which payer and plan?", "Which payer, and which kind of plan, decided so, and when?"),
    ("ask", "Which edition?", "For which dates of service does this hold?"),
    ("accept", "Thank you", "Thank you. It is on the page now, with the credit you asked for."),
    ("accept", "Shortened", "Thank you. We shortened the words and kept what they say."),
]  # fmt: skip


def write(apps, schema_editor):
    reason = apps.get_model("codes", "Reason")
    for place, (use, title, text) in enumerate(REASONS, 1):
        reason.objects.get_or_create(title=title, defaults={"use": use, "text": text, "place": place})


class Migration(migrations.Migration):
    dependencies = [("codes", "0003_fill_severity")]
    operations = [migrations.RunPython(write, migrations.RunPython.noop)]
