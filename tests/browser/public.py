"""Every kind of page that the public meets, and content that shows it at its fullest."""

from django.urls import reverse
from django.utils import timezone

from codes.acts import corrections, verifying
from codes.acts.publishing import latest
from codes.acts.registering import latest_version
from codes.mail import proof
from codes.models import Address, Correction
from comments import moderation
from tests import factories

PAGES = [
    "/", "/codes/", "/codes/?category=implant+services&status=deleted", "/codes/?tag=no-such-tag", "/search/",
    "/search/?q=implant", "/search/?q=is+d6011+for+recementing", "/search/?q=6019", "/search/?q=zzzzzz",
    "/codes/D6011/", "/codes/D6011/check/", "/codes/D6052/", "/codes/D6049/?date=2024-03-14",
    "/codes/D6011/?date=never",
    "/codes/D6019/", "/no/such/page", "/date/", "/compare/", "/compare/?code=D6010&code=D6019",
    "/compare/?codes=D6010,D6011", "/compare/?codes=D0120,D0140,D0150,D0180,D6010,D6011&date=2024-03-14",
    "/check/claim/", "/check/list/", "/worksheet/", "/worksheet/?codes=D6010,D6052",
    "/codes/D6011/history/", "/codes/D6011/history/1/", "/codes/D6011/history/2/", "/codes/D6011/compare/1..2/",
    "/codes/D6011/correct/", "/codes/D6011/correct/?item=answer", "/codes/D6011/comment/?body=A+remark.",
    "/codes/D6011/comments/",
    "/codes/D6011/comment/sent/", "/contact/", "/contact/sent/", "/changes/", "/sources/", "/sources/?kind=law",
    "/sources/ihs-2014/", "/sources/ihs-2014/correct/", "/sources/ihs-2014/compare/1..1/",
    "/changes/?category=diagnostic&code=crown", "/ledger/", "/policy/", "/about/", "/privacy/", "/api/v1/",
    "/data/", "/guides/", "/guides/cdt/", "/guides/cdt-cpt-hcpcs/", "/guides/editions/", "/guides/claims/",
    "/choose/", "/choose/exam/", "/choose/exam/whole/", "/choose/exam/recall/", "/choose/exam/chart/",
    "/choose/implant-crown/a-pfm-base/", "/choose/sedation/advanced-airway/?date=2024-03-14",
    "/choose/implant-crown/chart/?date=2024-03-14", "/episodes/", "/episodes/single-implant/",
]  # fmt: skip


def build(editor) -> list[str]:
    """Real pages, among them D6011 with a dispute, a change and a thread, and D6010 with a verified item; gives the
    addresses of PAGES and of what only those who sent a correction see.
    """
    factories.load("D6011", "D6010", "D6049", "D6052", "D6092", "D6191", "D6192", "D0120", "D0140", "D0150", "D0180")
    accepted = factories.correction("D6011", credit="A <Hygienist>", source_title='The "Manual"', note="a & b")
    corrections.accept(
        accepted, by=editor, items={"answer": None}, seen=latest("D6011"), proofs=factories.proved(accepted)
    )
    waiting = factories.correction("D6011", email="ann@example.org")
    corrections.dispute(waiting, by=editor)
    rejected = factories.correction("D0120", may_show=True)
    corrections.reject(rejected, by=editor, reason="No source says so.")
    # Released, as an editor may do once the time to undo is over.
    Correction.objects.filter(pk=rejected.pk).update(released_at=timezone.now(), released_by=editor)
    sourced = factories.source_correction("ihs-2014", about={"credit": "A <Biller>"}, url="https://example.org/moved")
    corrections.accept(sourced, by=editor, items={"document.url": None}, seen=latest_version("ihs-2014"))
    asked = factories.correction("D0140")
    corrections.ask(asked, by=editor, text="Which edition of the manual?")
    answer = verifying.verifiable(latest("D6010").page)["answer"]
    verifying.verify("D6010", {"answer": answer}, by=editor, source="The manual", edition=verifying.current_edition())
    said = moderation.post(
        latest("D6011").code,
        ticket=factories.ticket(),
        name="A <Reader>",
        email="",
        body="A *remark* with <b>HTML</b>, `code` and\n\n- a list",
    )
    moderation.reply(said, by=editor, body="An answer: https://example.org/?a=b&c=d")
    token = Address.objects.get().token
    return [
        *PAGES,
        *(correction.get_absolute_url() for correction in (waiting, asked, accepted, rejected)),
        *(correction.public_url for correction in (accepted, rejected, sourced)),
        "/my/",
        reverse("correction_edit", args=[waiting.token]),
        reverse("mail_confirm", args=[token]),
        reverse("mail_unsubscribe", args=[token]),
    ]


def kept() -> dict[str, str]:
    """The cookie, name and value, of the browser that sent the correction that waits; the others are only read."""
    waiting = Correction.objects.get(email="ann@example.org")
    return {f"receipt_{waiting.pk}": proof.cookie(waiting)}
