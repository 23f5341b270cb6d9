# bash completion of reeve.  Installed, or: eval "$(reeve completion bash)"
# shellcheck shell=bash
_reeve() {
	local rest=${COMP_LINE:0:COMP_POINT} blanks i word='' before='' part glued='' out status=0 words=()
	# bash makes words of their own of "=", ":" and "@"; what no blank stands before goes on with what is there
	for ((i = 0; i <= COMP_CWORD; i++)); do
		blanks=${rest%%[![:space:]]*}
		rest=${rest#"$blanks"}
		if [ -n "$blanks" ]; then
			words+=("$word")
			before=$word
			word=
		fi
		[ "$i" != "$COMP_CWORD" ] || break
		word+=${COMP_WORDS[i]}
		rest=${rest#"${COMP_WORDS[i]}"}
	done
	word+=$rest
	words+=("$word")
	# quotes, of which the last may be open, are no part of what a word says
	words=("${words[@]//[\'\"\\]/}")
	word=${words[${#words[@]} - 1]}
	COMPREPLY=()
	case "$before|$word" in
	*'>|'* | *'<|'* | *'|>'* | *'|<'* | *'|'[0-9\&][\<\>]*) # of a redirection
		compopt -o default
		return
		;;
	esac
	out=$(command reeve completion --words -- "${words[@]:1}" 2>/dev/null) || status=$?
	# bash puts what it gets in the place of $2 alone
	part=${2//[\'\"\\]/}
	case $word in
	*"$part") glued=${word%"$part"} ;;
	esac
	while IFS=$'\t' read -r word _; do
		[ -z "$word" ] || COMPREPLY+=("${word#"$glued"}")
	done <<<"$out"
	[ "$status" != 1 ] || compopt -o default
}
complete -o nosort -F _reeve reeve
