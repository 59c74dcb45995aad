# bash completion for bornectl
_bornectl() {
  local words=''
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    bornectl) words='terminal badge session update audit backup help --state' ;;
    terminal) words='invite list revoke' ;;
    badge) words='add import list unlock remove set-pin' ;;
    session) words='list end' ;;
    update) words='offer withdraw list' ;;
    list) words='--json' ;;
    audit) words='-n --refused --all --json' ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o default -F _bornectl bornectl
