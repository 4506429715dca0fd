"""Choosing a code by questions, and treatments from the first visit to the last: codes in the words of their pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from codes.display import guided
from codes.editorial import choosing, episodes
from codes.editorial.choosing import Choice, Option
from codes.forms import service_date


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/choose.html", {"choices": choosing.read_all(), "episodes": episodes.read_all()})


@require_safe
@service_date.applies
def choose_step(request: HttpRequest, slug: str, step: str = "") -> HttpResponse:
    """The first question, or what the option `step` leads to: the next question, or the answer."""
    choice = _choice(slug)
    path = choice.steps.get(step, ())
    if step and not path:
        raise Http404(step)
    question = path[-1].question if path else choice.question
    found = guided.branches(question.options if question else path[-1:], service_date.of(request))
    context = {"choice": choice, "question": question, "option": path[-1] if path else None, "branches": found}
    return render(request, "guides/choose_step.html", {**context, "trail": _trail(choice, path)})


@require_safe
@service_date.applies
def choose_chart(request: HttpRequest, slug: str) -> HttpResponse:
    """All questions and answers on one sheet."""
    choice = _choice(slug)
    found = guided.branches(choice.question.options, service_date.of(request))
    without_page = any(told.quotable is None for branch in found for told in branch.below)
    context = {"choice": choice, "branches": found, "without_page": without_page}
    return render(request, "guides/choose_chart.html", context)


@require_safe
@service_date.applies
def episode(request: HttpRequest, slug: str) -> HttpResponse:
    found = next((one for one in episodes.read_all() if one.slug == slug), None)
    if found is None:
        raise Http404(slug)
    stages, apart = guided.stages(found, service_date.of(request))
    return render(request, "guides/episode.html", {"episode": found, "stages": stages, "apart": apart})


@require_safe
def list_episodes(request: HttpRequest) -> HttpResponse:
    return render(request, "guides/episodes.html", {"episodes": episodes.read_all()})


def _choice(slug: str) -> Choice:
    found = next((choice for choice in choosing.read_all() if choice.slug == slug), None)
    if found is None:
        raise Http404(slug)
    return found


def _trail(choice: Choice, path: tuple[Option, ...]) -> list[tuple[str, str, str]]:
    """Each question that was answered, its answer, and the address where it is asked."""
    made, question, where = [], choice.question, reverse("choose_first", args=[choice.slug])
    for option in path:
        made.append((question.ask, option.text, where))
        where = reverse("choose_step", args=[choice.slug, option.slug])
        question = option.question or question
    return made
