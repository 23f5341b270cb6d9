# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Common words of the bad_*.bats files (after world.bash).

# says CODE TEXT COMMAND...: it ends with CODE, and its answer (both outputs) has TEXT in it.
says() {
	local code=$1 text=$2 got=0 answer
	shift 2
	answer=$(timeout 60 "$@" 2>&1) || got=$?
	if [ "$got" != "$code" ] || [[ $answer != *"$text"* ]]; then
		printf 'wanted %s and "%s", got %s from: %s\n%s\n' "$code" "$text" "$got" "$*" "$answer" >&2
		return 1
	fi
}

# blocked ID TEXT: that is what the ticket waits for.
blocked() {
	[[ $(field "$1" .blocker.text) == *"$2"* ]]
}

# The file that a title or text wanted to make is nowhere.
no_file_x() {
	[ -z "$(find "$BATS_TEST_TMPDIR" -name x -print -quit)" ]
	[ ! -e /x ]
}

# plain COMMAND...: what it prints has no control byte but newline and tab, and no bidi or zero-width one.
plain() {
	"$@" >"$BATS_TEST_TMPDIR/plain" 2>&1 || :
	test -s "$BATS_TEST_TMPDIR/plain"
	if LC_ALL=C grep -naP '[\x00-\x08\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/plain" ||
		LC_ALL=C.UTF-8 grep -nP '[\x{80}-\x{9f}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}]' "$BATS_TEST_TMPDIR/plain"; then
		echo "raw control characters from: $*" >&2
		return 1
	fi
}
