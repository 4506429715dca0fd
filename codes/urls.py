from django.urls import include, path, re_path, register_converter
from django.views.generic import TemplateView

from codes.fhir.views import nothing
from codes.text.number import PATTERN
from codes.views import (
    claim_check,
    compare_codes,
    correcting,
    downloads,
    embeds,
    feeds,
    fees,
    following,
    guided,
    list_check,
    mail,
    pictures,
    reading,
    receipts,
    records,
    site,
    sitemaps,
    sources,
    worksheet,
)


class CodeNumber:
    """A code number as it is written in an address: D6011, and nothing else."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        return value

    to_url = to_python


class Token(CodeNumber):
    regex = "[A-Za-z0-9_-]{16,40}"


OPENSEARCH = "application/opensearchdescription+xml"

register_converter(CodeNumber, "code")
register_converter(Token, "token")

urlpatterns = [
    path("", reading.home, name="home"),
    path("codes/", reading.browse, name="browse"),
    path("codes/<code:code>/", reading.code, name="code"),
    path("codes/<code:code>/card/", embeds.card, name="card"),
    path("codes/<code:code>/fees/", fees.fees, name="fees"),
    path("codes/<code:code>/check/", reading.check_page, name="check_page"),
    path("codes/<code:code>/feed.atom", feeds.CodeChanges(), name="code_feed"),
    path("codes/<code:code>/video/<slug:source>/", reading.video, name="video"),
    path("codes/<code:code>/picture.png", pictures.code, name="picture"),
    path("codes/<code:code>/history/", records.history, name="history"),
    path("codes/<code:code>/history/<int:number>/", records.revision, name="revision"),
    path("codes/<code:code>/compare/", records.choose_revisions, name="choose_revisions"),
    path("codes/<code:code>/compare/<int:first>..<int:second>/", records.compare_revisions, name="compare_revisions"),
    path("codes/<code:code>/correct/", correcting.correct, name="correct"),
    path("corrections/lost/", receipts.lost, name="lost_receipts"),
    path("corrections/<token:token>/", receipts.receipt, name="receipt"),
    path("corrections/<token:token>/access/", receipts.access, name="correction_access"),
    path("corrections/<token:token>/edit/", receipts.edit, name="correction_edit"),
    path("corrections/<token:token>/withdraw/", receipts.withdraw, name="correction_withdraw"),
    path("corrections/<token:token>/answer/", receipts.answer, name="correction_answer"),
    path("corrections/<token:token>/private/", receipts.keep_private, name="correction_private"),
    path("corrections/<token:token>/reopen/", receipts.reopen, name="correction_reopen"),
    path("compare/", compare_codes.compare_codes, name="compare_codes"),
    path("mail/<token:token>/confirm/", mail.confirm, name="mail_confirm"),
    path("mail/<token:token>/receipt/", mail.opening, name="mail_opening"),
    path("mail/<token:token>/follow/", following.confirm, name="mail_follow"),
    path("mail/<token:token>/follows/", following.follows, name="mail_follows"),
    path("mail/<token:token>/unfollow/", following.unfollow, name="mail_unfollow"),
    path("mail/<token:token>/unsubscribe/", mail.unsubscribe, name="mail_unsubscribe"),
    path("search/", reading.find, name="search"),
    path("date/", reading.choose_date, name="date"),
    path("suggest.json", reading.suggest, name="suggest"),
    path("follow/", following.follow, name="follow"),
    path("follow/server/", following.follow_by_server, name="follow_by_server"),
    path("follow/sent/", following.sent, name="follow_sent"),
    path("changes/", records.changes, name="changes"),
    path("changes/<int:number>/", records.correction, name="correction"),
    path("changes/feed.atom", feeds.Changes(), name="changes_feed"),
    path("categories/<slug:slug>/feed.atom", feeds.CategoryChanges(), name="category_feed"),
    path("cards.json", embeds.known, name="cards"),
    path("oembed", embeds.oembed, name="oembed"),
    path("data/", downloads.show, name="downloads"),
    path("data/<slug:scope>/<str:name>", downloads.file, name="download"),
    path("ledger/", records.ledger, name="ledger"),
    path("sources/", sources.sources, name="sources"),
    path("sources/feed.atom", feeds.SourceChanges(), name="sources_feed"),
    path("sources/<slug:slug>/", sources.source, name="source"),
    path("sources/<slug:slug>/feed.atom", feeds.SourceChanges(), name="source_feed"),
    path("sources/<slug:slug>/compare/<int:first>..<int:second>/", sources.compare_versions, name="compare_versions"),
    path("sources/<slug:slug>/correct/", correcting.correct_source, name="correct_source"),
    path("editions/<int:year>/", site.edition, name="edition"),
    path("policy/", site.policy, name="policy"),
    path("about/", site.about, name="about"),
    path("privacy/", site.privacy, name="privacy"),
    path("my/", site.my, name="my"),
    path("guides/", site.guides, name="guides"),
    path("check/claim/", claim_check.check_claim, name="check_claim"),
    path("check/list/", list_check.check_list, name="check_list"),
    path("worksheet/", worksheet.worksheet, name="worksheet"),
    path("guides/claims/", site.guide, name="guide"),
    path("guides/cdt/", site.guide_cdt, name="guide_cdt"),
    path("guides/cdt-cpt-hcpcs/", site.guide_cpt, name="guide_cpt"),
    path("guides/editions/", site.guide_editions, name="guide_editions"),
    path("choose/", guided.choose, name="choose"),
    path("choose/<slug:slug>/", guided.choose_step, name="choose_first"),
    path("choose/<slug:slug>/chart/", guided.choose_chart, name="choose_chart"),
    path("choose/<slug:slug>/<slug:step>/", guided.choose_step, name="choose_step"),
    path("episodes/", guided.list_episodes, name="episodes"),
    path("episodes/<slug:slug>/", guided.episode, name="episode"),
    path("picture.png", pictures.site, name="site_picture"),
    path(".well-known/security.txt", site.security_txt, name="security_txt"),
    path("api/", include("codes.api.urls")),
    path("robots.txt", TemplateView.as_view(template_name="robots.txt", content_type="text/plain; charset=utf-8")),
    path("sitemap.xml", sitemaps.everything, name="sitemap"),
    path("sitemap-<slug:section>-<int:number>.xml", sitemaps.part, name="sitemap_part"),
    path(
        "opensearch.xml",
        TemplateView.as_view(template_name="opensearch.xml", content_type=OPENSEARCH),
        name="opensearch",
    ),
    path("fhir", nothing),
    path("fhir/", include("codes.fhir.urls")),
    re_path(r"^codes/(?P<typed>[^/]+)/?$", reading.shortcut),
    re_path(r"^(?P<typed>[Dd]?[ -]?[0-9OoQqIiLlSsBb]{4})/?$", reading.shortcut),
]
