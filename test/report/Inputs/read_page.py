"""Prints the JSON that a page of `eke report --html` holds, as a browser finds it."""
import html.parser
import json
import sys
from pathlib import Path


class Reader(html.parser.HTMLParser):
    """Collects the contents of the element `data`."""
    inside = False
    text = ""

    def handle_starttag(self, tag, attrs):
        self.inside = ("id", "data") in attrs

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.text += data


reader = Reader()
reader.feed(Path(sys.argv[1]).read_text())
print(json.dumps(json.loads(reader.text), indent=2))
