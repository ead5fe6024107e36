"""What several commands share: options, output, and how a study is begun, run and concluded."""
