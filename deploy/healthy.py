#!/usr/bin/env python
"""healthy voice|dao: the health check of the containers; exit code 0 only if that service says that it is well."""

import sys
import urllib.request

from dao.settings import http_url
from web.settings import load_settings

settings = load_settings()
service = {"voice": settings, "dao": settings.dao}[sys.argv[1]]
try:
    urllib.request.urlopen(f"{http_url(service.host, service.port)}/health", timeout=5).close()
except OSError as error:
    sys.exit(f"{sys.argv[1]} is not well: {error}")
