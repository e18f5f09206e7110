"""The stage as a visitor uses it, for browser tests."""

from __future__ import annotations

DRAWN = "s.clock >= s.total - 1e-6 && Object.entries(s.received).every(([key, n]) => s.shown[key] === n - 1)"


class Stage:
    """The stage as a visitor uses it."""

    def __init__(self, page):
        self.page = page

    def __getattr__(self, name):
        return self.page.evaluate(f"window.__stage.{name}")

    def run(self, prompt, **settings):
        """Type a prompt, set settings, press Run, and wait until the run's lanes are on the stage."""
        before = self.page.evaluate("window.__stage.run")
        self.page.fill("#prompt", prompt)
        if settings:
            self.open_settings()
        for name, value in settings.items():
            self.page.locator(f"#{name}").evaluate(
                "(input, value) => { input.value = value; input.dispatchEvent(new Event('input', {bubbles: true})); }",
                str(value),
            )
        self.page.click("#run")
        self.until(
            f"s.run !== {before!r} && s.run && (s.header || {{}}).prompt === {prompt!r} || s.state === 'error'".replace(
                "None", "null"
            )
        )

    def open_settings(self):
        if self.page.get_attribute("#settings-toggle", "aria-expanded") == "false":
            self.page.click("#settings-toggle")

    def until(self, condition):
        """Wait for a condition on ``s``, the stage's handle."""
        self.page.wait_for_function(f"(() => {{ const s = window.__stage; return {condition}; }})()")

    def finish(self):
        """Wait until all is received, then go to the end, and wait until all of it is drawn."""
        self.until("!s.underWay")
        self.page.evaluate("window.__stage.seek(window.__stage.total)")
        self.until(DRAWN)
