"""The options of every command, one file each; the work is imported when a command is called."""
