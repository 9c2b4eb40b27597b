"""``python -m sessionctl``."""

from __future__ import annotations


def main() -> None:
    """Run the program with the process's arguments and leave with its exit code."""
    from sessionctl.cli import run

    raise SystemExit(run())


if __name__ == "__main__":
    main()
