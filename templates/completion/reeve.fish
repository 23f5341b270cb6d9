# fish completion of reeve.  Installed, or: reeve completion fish | source
function __reeve_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -e words[1]
    reeve completion --words -- $words "$word" 2>/dev/null
    test $status != 1
    or __fish_complete_path "$word"
end
complete -c reeve -f -k -a '(__reeve_complete)'
