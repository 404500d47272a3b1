"""What a running `l1 up` tells other commands: its addresses and process ids, in `stack.json` of the data directory."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from l1.local_stack.dev_secrets import write_private

STACK_FILE = "stack.json"


@dataclass(frozen=True)
class Stack:
    """`settings` holds values by the names of the fields of Settings; `pids` by the names of the parts."""

    settings: dict[str, Any]
    pids: dict[str, int]


def read_stack(data_dir: Path) -> Stack | None:
    """None where no stack runs, or where it belongs to somebody else."""
    try:
        return Stack(**json.loads((data_dir / STACK_FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_stack(data_dir: Path, stack: Stack) -> None:
    write_private(data_dir / STACK_FILE, json.dumps(asdict(stack), indent=2))


def remove_stack(data_dir: Path) -> None:
    (data_dir / STACK_FILE).unlink(missing_ok=True)
