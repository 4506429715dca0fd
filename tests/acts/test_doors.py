"""Whatever is done in whatever order, every process answers with what Django makes at that moment."""


def test_kept_pages_are_what_is_made_anew_whoever_writes_what(track):
    track.run("read_and_write", 3)
