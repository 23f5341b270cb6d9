# fish completion of reeve.  Installed, or: reeve completion fish | source
function __reeve_complete
    set -l words (commandline -opc)
    # a quote that is open is no part of what the word says
    set -l word (commandline -ct | string replace -r '^[\'"]' '')
    set -e words[1]
    command reeve completion --words -- $words "$word" 2>/dev/null
    test $status != 1
    and return
    set -l kept (string match -r '^--[^=]*=' -- "$word")
    for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- "$word"))
        echo "$kept$path"
    end
end
complete -c reeve -f -k -a '(__reeve_complete)'
