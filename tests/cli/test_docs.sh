#!/usr/bin/env bash
# test_docs.sh: everything in the README and the pages of the roles is run. In a fresh folder for each page:
#   ```lua   a block is written to the file that its first line names
#   ```sh    every line is run and must end with 0; build/lure and lure are the program under test
#   ```text  is the output of the last line before it; "..." stands for anything
# The two make commands of the README are what runs this; only `make run` is run here again, as a release build.
set -u
LURE=${LURE:-$PWD/build/lure}
BUILD=${BUILD:-$PWD/build/release}
top=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0
ok() { passed=$((passed + 1)); }
no() { failed=$((failed + 1)); printf 'FAILED %s\n' "$1"; }

mkdir -p "$work/bin"
ln -s "$LURE" "$work/bin/lure"
export PATH="$work/bin:$PATH" LC_ALL=C.UTF-8 NO_COLOR=1

# does $1 (a file) match the pattern file $2, in which "..." stands for any text and a line of "..." for any lines?
matches() {
    awk -v pattern_file="$2" '
        function quote(s) { gsub(/[][\\.^$*+?(){}|]/, "\\\\&", s); return s }
        BEGIN {
            whole = ""
            while ((getline line < pattern_file) > 0) {
                if (line == "...") { whole = whole "(.*\n)*"; continue }
                n = split(line, part, /\.\.\./)
                text = quote(part[1])
                for (i = 2; i <= n; i++) text = text "[^\n]*" quote(part[i])
                whole = whole text "\n"
            }
        }
        { got = got $0 "\n" }
        END { exit !(got ~ ("^" whole "$")) }' "$1"
}

run_line() { # page, number, command
    (cd "$folder" && bash -c "$3") > "$work/out" 2> "$work/err" < /dev/null
    local code=$?
    if [ $code = 0 ]; then ok; else
        no "$1:$2: exit $code: $3"
        sed 's/^/    /' "$work/err" | head -5
    fi
}

page() {
    local page=$1 number=0 kind='' block='' line
    folder=$work/$(echo "$page" | tr / _)
    mkdir -p "$folder/build"
    ln -s "$LURE" "$folder/build/lure"
    while IFS= read -r line || [ -n "$line" ]; do
        number=$((number + 1))
        case $line in
        '```') finish "$page" "$number"; kind='' ;;
        '```'*) kind=${line#\`\`\`}; block='' ;;
        *) [ -z "$kind" ] || block+="$line"$'\n' ;;
        esac
    done < "$page"
}

finish() { # uses kind and block
    case $kind in
    lua)
        local name
        name=$(printf '%s' "$block" | sed -n '1s/^-- *\([^ ]*\.lua\).*/\1/p')
        if [ -z "$name" ]; then no "$1:$2: a lua block that names no file"; return; fi
        mkdir -p "$folder/$(dirname "$name")"
        printf '%s' "$block" > "$folder/$name"
        ;;
    sh)
        local command
        while IFS= read -r command; do
            case $command in
            '' | \#*) ;;
            'make test') skipped=$((skipped + 1)); echo "skipped $1: 'make test' is what runs this" ;;
            *'make run')
                case $BUILD in
                */release) folder=$top run_line "$1" "$2" "unset MAKEFLAGS MAKELEVEL MFLAGS; $command SETUP=no ARGS='--out $work/lesson'" ;;
                *) skipped=$((skipped + 1)); echo "skipped $1: 'make run' is run with the release build" ;;
                esac ;;
            *) run_line "$1" "$2" "$command" ;;
            esac
        done <<< "$block"
        ;;
    text)
        printf '%s' "$block" > "$work/expected"
        if matches "$work/out" "$work/expected"; then ok; else
            no "$1:$2: the output is another"
            diff "$work/expected" "$work/out" | head -20 | sed 's/^/    /'
        fi
        ;;
    esac
}

for document in README.md environments/README.md scripts/README.md scripts/*/README.md; do
    page "$document"
done
[ $((passed + failed)) -gt 20 ] || no "only $((passed + failed)) things were found to run"
printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
[ $failed = 0 ]
