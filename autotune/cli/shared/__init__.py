"""Shared by several commands: options, output, and how a study is begun, run and concluded."""
