"""Videos at YouTube and Vimeo, by their addresses."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Video:
    """A video at `host`: its page there, and its player, at a host that sets no cookie before it plays.

    Both are made from its id, whatever else stood in what was typed.
    """

    host: str
    address: str
    player: str

    @property
    def player_host(self) -> str:
        return self.player.split("/")[2]


_YOUTUBE = r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:watch\?(?:[^#]*&)?v=|embed/|shorts/)|youtu\.be/"
_VIMEO = r"(?:www\.)?vimeo\.com/|player\.vimeo\.com/video/"
_VIDEOS = (
    (
        "www.youtube.com",
        "https://www.youtube.com/watch?v={}",
        "https://www.youtube-nocookie.com/embed/{}",
        rf"(?:{_YOUTUBE})([A-Za-z0-9_-]{{11}})(?![A-Za-z0-9_-]).*",
    ),
    (
        "vimeo.com",
        "https://vimeo.com/{}",
        "https://player.vimeo.com/video/{}?dnt=1",
        rf"(?:{_VIMEO})([0-9]{{1,12}})(?![A-Za-z0-9]).*",
    ),
)


def video_at(url: str) -> Video | None:
    """The video of an address at YouTube or Vimeo; None for every other address."""
    for host, address, player, pattern in _VIDEOS:
        if found := re.fullmatch(rf"https?://{pattern}", url):
            return Video(host, address.format(found[1]), player.format(found[1]))
    return None
