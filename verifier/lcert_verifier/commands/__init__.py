"""The sub-commands of `lcert-verify`; `command` finds them by name and loads only the one that is called."""
