/* The subcommands: one line each, in the order of the help. */
COMMAND(command_check_config)
