/* The subcommands: one line each, in the order of the help. */
COMMAND(command_check_config)
COMMAND(command_status)
COMMAND(command_entries)
COMMAND(command_coverage)
COMMAND(command_records)
COMMAND(command_checkpoint)
COMMAND(command_hold)
COMMAND(command_verify)
