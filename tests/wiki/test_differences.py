"""What changed is marked word by word, and nothing of it can run."""

from kb.wiki.differences import diff


def test_words_that_changed_are_marked() -> None:
    assert diff("RAID keeps data safe.", "RAID keeps a host up.") == (
        "RAID keeps <del>data</del><ins>a</ins> <del>safe</del><ins>host up</ins>."
    )


def test_whole_lines_come_and_go() -> None:
    assert diff("one\ntwo\n", "one\nthree\ntwo\n") == "one\n<ins>three\n</ins>two\n"
    assert diff("", "new") == "<ins>new</ins>"
    assert diff("old", "") == "<del>old</del>"
    assert diff("same", "same") == "same"


def test_markup_in_a_text_is_shown_not_run() -> None:
    assert "<script>" not in diff("<script>a", "<script>b")
    assert diff("", "<b>") == "<ins>&lt;b&gt;</ins>"


def test_very_long_texts_are_shown_as_replaced() -> None:
    words = "a " * 4000
    assert diff(words, "b " + words) == f"<del>{words}</del><ins>b {words}</ins>"
