"""Browser users: which browser, the process that drives it, and the way there from the load engine.

Importing this loads nothing heavy, and neither Playwright nor gevent.
"""

from __future__ import annotations

from simulator.engine.browser.client import BrowserHost, browser_for
from simulator.engine.browser.locate import Browser, find_browser
from simulator.engine.browser.mend import fix_browser

__all__ = ["Browser", "BrowserHost", "browser_for", "find_browser", "fix_browser"]
