"""Gives each request that schemathesis sends a conversation of its own, for a deletion ends one."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import schemathesis


@schemathesis.auth(refresh_interval=None).apply_to(path=["/messages", "/conversation", "/votes"])
class Begin:
    """Begins conversations."""

    def get(self, case: Any, context: Any) -> str:
        server = urlsplit(case.operation.base_url)
        url = f"{server.scheme}://{server.netloc}/webhooks/web/conversations"
        without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with without_proxy.open(urllib.request.Request(url, method="POST"), timeout=10) as answer:
            return str(json.load(answer)["token"])

    def set(self, case: Any, data: str, context: Any) -> None:
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}
