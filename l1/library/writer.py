"""Writes flow files that people can go on with: keys in the order of the documentation, texts unescaped."""

import json

import yaml

from l1.domain.flow_file import flow_to_raw
from l1.domain.tree import Flow


def write_flow(flow: Flow, *, as_json: bool) -> str:
    """Return the flow file of a flow; the reader reads the same flow from it."""
    raw = flow_to_raw(flow)
    if as_json:
        return json.dumps(raw, ensure_ascii=False, indent=2) + "\n"
    # The dumper quotes what YAML would read as no text, such as "Yes". It would write an alias for an object that is
    # there twice, which the reader refuses; a raw flow has none.
    return yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=120)
