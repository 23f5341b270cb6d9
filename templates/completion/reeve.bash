# bash completion of reeve.  Installed, or: eval "$(reeve completion bash)"
# shellcheck shell=bash
_reeve() {
	local out status i word words=()
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		# bash makes a word of its own of "=", which it does not replace
		if [ "$word" != = ]; then
			words+=("$word")
		elif [ "$i" = "$COMP_CWORD" ]; then
			words+=('')
		fi
	done
	COMPREPLY=()
	out=$(reeve completion --words -- "${words[@]}" 2>/dev/null)
	status=$?
	while IFS=$'\t' read -r word _; do
		[ -z "$word" ] || COMPREPLY+=("$word")
	done <<<"$out"
	[ "$status" != 1 ] || compopt -o default
}
complete -F _reeve reeve
