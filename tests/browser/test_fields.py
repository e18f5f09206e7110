"""Fields on a phone: none is set so small that touching it makes the page zoom."""

import pytest

from stage_driver import Stage

FIELDS = """() => [...document.querySelectorAll('input, select, textarea')]
  .filter((field) => !['range', 'checkbox', 'radio', 'file', 'hidden'].includes(field.type))
  .map((field) => [field.id || field.getAttribute('aria-label') || field.closest('[class]').className, parseFloat(getComputedStyle(field).fontSize)])"""


@pytest.fixture
def phone(open_page):
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=2)
    page.wait_for_selector("body[data-linked]", state="attached")
    return page


def test_every_field_is_of_sixteen_pixels_on_a_touch_screen(phone):
    stage = Stage(phone)
    stage.run("the cat ___ on the mat", length=8, steps=2)
    stage.until("!s.underWay")
    phone.evaluate("""() => { for (const id of ['#settings-toggle', '#share-toggle', '#workshops-toggle']) document.querySelector(id).click();
      document.querySelector('#story-open').click(); document.querySelector('.slots .slot').click(); }""")
    phone.locator(".slots .slot").first.dispatch_event("pointerdown", {"button": 0})
    fields = phone.evaluate(FIELDS)
    names = " ".join(name for name, _ in fields)
    assert len(fields) >= 14 and all(
        name in names for name in ("prompt", "seed", "top_k", "commit", "places", "rival", "share-url", "Speed")
    )
    assert [(name, size) for name, size in fields if size < 16] == []


def test_with_a_mouse_they_keep_the_size_of_the_page(page):
    sizes = dict(page.evaluate(FIELDS))
    assert sizes["commit"] == 15
