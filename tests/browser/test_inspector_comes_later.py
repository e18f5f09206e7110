"""The inspector's script comes after the first seconds: a token pressed before it waits, and a failed load can be tried again."""

SLOT = ".lane[data-kind=diffusion] .slots .slot:nth-child(3)"
NEVER_IDLE = "window.requestIdleCallback = () => 0;"


def test_the_first_press_on_a_token_loads_the_inspector_and_opens_the_token(open_page):
    page = open_page(init=NEVER_IDLE)
    assert not [url for url in page.asked if "inspector" in url]
    page.click(SLOT)
    page.wait_for_selector(".token-panel .life-head")
    assert page.locator(f"{SLOT}.chosen").count() == 1
    assert len([url for url in page.asked if "inspector" in url]) == 1


def test_an_inspector_that_does_not_load_says_so_and_is_asked_for_again(open_page):
    page = open_page(init=NEVER_IDLE)
    page.context.set_offline(True)
    page.click(SLOT)
    page.wait_for_selector(".stage-line[data-tone=error]")
    assert "press the token again" in page.inner_text(".stage-line")
    page.context.set_offline(False)
    page.click(SLOT)
    page.wait_for_selector(".token-panel .life-head")
