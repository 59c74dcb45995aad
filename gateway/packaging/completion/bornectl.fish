# fish completion for bornectl
complete -c bornectl -n __fish_use_subcommand -f -a 'terminal badge session update audit backup help'
complete -c bornectl -n '__fish_seen_subcommand_from terminal' -f -a 'invite list revoke'
complete -c bornectl -n '__fish_seen_subcommand_from badge' -f -a 'add import list unlock remove set-pin'
complete -c bornectl -n '__fish_seen_subcommand_from session' -f -a 'list end'
complete -c bornectl -n '__fish_seen_subcommand_from update' -f -a 'offer withdraw list'
complete -c bornectl -n '__fish_seen_subcommand_from list audit' -f -l json
complete -c bornectl -n '__fish_seen_subcommand_from audit' -f -s n -x
complete -c bornectl -n '__fish_seen_subcommand_from audit' -f -l refused
complete -c bornectl -n '__fish_seen_subcommand_from audit' -f -l all
