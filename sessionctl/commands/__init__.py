"""One file a command, each exporting `command`; the table of them is `cli.COMMANDS`, so that help imports none."""
