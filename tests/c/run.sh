#!/bin/bash
# The C tests: plain, under AddressSanitizer with UBSan and LeakSanitizer, and, with the release build, under valgrind.
#
#   tests/c/run.sh [plain] [sanitize] [valgrind] [-- program ...]
#
# Default: all three, all programs. Several of the three run side by side, each with brokers of its
# own: many programs wait more than they compute. PROFILE=release tests the release build, LIBRARY=directory the
# library that is there, unbuilt. Needs gcc, g++, clang, mosquitto, openssl, tinyproxy, microsocks,
# python3 and (for the third) valgrind.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
profile=${PROFILE:-debug}

modes=() programs=()
while [ $# -gt 0 ]; do
    case $1 in
    plain | sanitize | valgrind) modes+=("$1") ;;
    --) shift && programs=("$@") && break ;;
    *) echo "unknown argument $1" >&2 && exit 2 ;;
    esac
    shift
done
[ ${#modes[@]} -eq 0 ] && modes=(plain sanitize valgrind)
[ ${#programs[@]} -eq 0 ] && programs=(
    abi null_and_garbage null_and_garbage_messages null_and_garbage_streams
    null_and_garbage_network null_and_garbage_reconnect null_and_garbage_authentication null_and_garbage_outcomes options messages nul_terminated
    user_data lifecycle connecting roundtrip properties subscriptions streams unclaimed limits logs carriers
    refusals callbacks transports hooks threads sizes cycles fork fork_close unload "stuck stop" "stuck kill" readme
    "signals taken" "signals programs" stack scheduling "floods peer" "floods broker"
    restarts queueing coming_back provider authentication host_loop
    "own_loops uv" "own_loops glib" "own_loops event" "own_loops select" own_loop_trouble
    negotiated outcomes acknowledging asking observing
    goodbye "exhausted stuck" "exhausted idle" "exhausted files" memory engine_ended
)
# Limits and closed descriptors hit the checkers too.
plain_only=" memory engine_ended exhausted "

lane=${MQTTKA_TEST_LANE:-} # one of several modes: what they share is done
library=${LIBRARY:-$target/$profile}
if [ -z "${LIBRARY:-}$lane" ]; then
    # shellcheck disable=SC2046
    cargo build --manifest-path "$root/Cargo.toml" -p mqttka-ffi --quiet \
        $([ "$profile" = release ] && echo --release) || exit 1
fi

# These need suppressions, by names that the release build does not have.
speak_tls=" transports hooks provider host_loop "

# What ships is what valgrind looks at: an optimizer can make it report what is no fault to every program. And in debug builds
# Rust's own library ends the process where a descriptor was closed by others, which one program does.
takes_release() { # mode, program
    [ "$2" = engine_ended ] || [ "$1" = valgrind ] && [[ $speak_tls != *" $2 "* ]]
}

release() {
    [ -n "${LIBRARY:-}" ] || [ "$profile" = release ] && echo "$library" && return
    cargo build --manifest-path "$root/Cargo.toml" -p mqttka-ffi --quiet --release || return 1
    echo "$target/release"
}

if [ ${#modes[@]} -gt 1 ]; then
    outputs=$(mktemp -d)
    lanes=()
    trap 'kill "${lanes[@]}" 2>/dev/null; wait; rm -rf "$outputs"' EXIT
    trap 'exit 130' INT TERM
    lane=first
    for mode in "${modes[@]}"; do
        MQTTKA_TEST_LANE=$lane "$0" "$mode" -- "${programs[@]}" >"$outputs/$mode" 2>&1 &
        lanes+=($!)
        lane=further
    done
    passed=0 failed=0
    for index in "${!modes[@]}"; do
        wait "${lanes[$index]}" || failed=$((failed + 1))
        output=$outputs/${modes[$index]}
        head -n -1 "$output"
        count=$(tail -n 1 "$output" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
        passed=$((passed + ${count:-0}))
        # What failed is in it, or why it came to no end.
        others=$(tail -n 1 "$output" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
        [ "${others:-0}" -gt 0 ] && failed=$((failed + others - 1))
        [ -n "$count" ] || tail -n 1 "$output"
    done
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
    exit
fi

. "$here/broker.sh"
. "$here/servers.sh"
build=$(mktemp -d)
finish() {
    servers_stop
    broker_stop_all
    rm -rf "$build"
}
trap finish EXIT
trap 'exit 130' INT TERM

warnings="-Wall -Wextra -Werror -pedantic -Wno-overlength-strings"
passed=0 failed=0

report() { # name, status, log
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED $1"
        sed 's/^/    /' "$3" | tail -60
    fi
}

check() { # name, command ...
    local name=$1 log="$build/check.log"
    shift
    "$@" >"$log" 2>&1
    report "$name" $? "$log"
}

# What a program measured.
remark() { # program, log
    case $1 in
    cycles | stuck) tail -1 "$2" ;;
    esac
}

compile() { # mode, program
    local flags="-std=c11 -D_DEFAULT_SOURCE -g $warnings -O1 -I$root/include -I$here" part
    [ "$1" = sanitize ] && flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=all"
    local sources="$here/$2.c"
    for part in recorder silent peer script mosquitto; do # what the programs share, once
        sources="$sources $build/$1-$part.o"
        # shellcheck disable=SC2086
        [ -e "$build/$1-$part.o" ] || gcc $flags -c "$here/$part.c" -o "$build/$1-$part.o" || return 1
    done
    local used=$library
    ! takes_release "$1" "$2" || used=$(release) || return 1
    local libraries="-L$used -Wl,-rpath,$used -lmqttka -lpthread"
    case $2 in
    readme) sources="$here/readme.c" ;; # as its readers will
    own_loops) # other people's loops
        flags="${flags/-pedantic/} -std=gnu11 $(pkg-config --cflags libuv glib-2.0 libevent)"
        libraries="$libraries $(pkg-config --libs libuv glib-2.0 libevent)"
        ;;
    unload) sources="$here/unload.c" libraries="-ldl" ;; # the library comes by dlopen alone
    esac
    # shellcheck disable=SC2086
    gcc $flags $sources $libraries -o "$build/$1-$2"
}

run() { # mode, program, arguments ...
    local mode=$1 program=$2
    shift 2
    case $mode in
    plain) timeout 300 "$build/plain-$program" "$@" ;;
    sanitize)
        MQTTKA_TEST_SLOW=1 ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 \
            UBSAN_OPTIONS=print_stacktrace=1 timeout 600 "$build/sanitize-$program" "$@"
        ;;
    valgrind)
        local more=()
        [[ $speak_tls == *" $program "* ]] && more=("--suppressions=$here/valgrind-tls.supp")
        MQTTKA_TEST_SLOW=1 timeout 900 valgrind --quiet "${more[@]}" --error-exitcode=99 --leak-check=full \
            --errors-for-leak-kinds=definite --show-leak-kinds=definite --fair-sched=yes \
            --child-silent-after-fork=yes --suppressions="$here/valgrind.supp" "$build/valgrind-$program" "$@"
        ;;
    esac
}

# A checker that reports nothing must not pass for one that found nothing.
expect_report() { # mode, mistake, text
    local log="$build/probe.log"
    run "$1" probe "$2" >"$log" 2>&1
    local status=$?
    [ $status -ne 0 ] && [ $status -ne 2 ] && grep -q "$3" "$log"
    report "$1: the checker reports $2" $? "$log"
}

probes() {
    compile "$1" probe || exit 1
    case $1 in
    sanitize)
        expect_report sanitize use-after-free heap-use-after-free
        expect_report sanitize overflow "signed integer overflow"
        expect_report sanitize leak "detected memory leaks"
        expect_report sanitize freed-options "AddressSanitizer"
        ;;
    valgrind)
        expect_report valgrind use-after-free "Invalid read"
        expect_report valgrind leak "definitely lost"
        expect_report valgrind freed-options "Invalid"
        ;;
    esac
}

header_compiles() {
    local compiler dialect
    printf '#include <mqttka.h>\nint main(void) { return (int)mqttka_check_abi(MQTTKA_ABI_VERSION); }\n' \
        >"$build/header.c"
    for compiler in gcc clang; do
        for dialect in c99 c11 c17; do
            $compiler -std=$dialect $warnings -I"$root/include" -fsyntax-only "$build/header.c" || return 1
        done
        # Older C is told what is missing, in words.
        $compiler -std=c89 -pedantic -I"$root/include" -fsyntax-only "$build/header.c" 2>&1 |
            grep -q 'error.*mqttka.h needs C99' || return 1
    done
    for compiler in g++ clang++; do
        for dialect in c++11 c++17 c++20; do
            $compiler -x c++ -std=$dialect $warnings -I"$root/include" -fsyntax-only "$build/header.c" || return 1
        done
    done
}

if [ "${lane:-first}" = first ]; then
    check "the header compiles as C and as C++" header_compiles
    check "every function is covered" "$here/covered.py"
fi

# Unlimited queues: a test that is slower than the broker must not lose messages.
broker_start main "allow_anonymous true" "max_queued_messages 0" || exit 1
export MQTTKA_TEST_PORT=$broker_port
mosquitto_passwd -b -c "$broker_directory/passwords" user right 2>/dev/null || exit 1
broker_start auth "allow_anonymous false" "password_file $broker_directory/passwords" || exit 1
export MQTTKA_TEST_AUTH_PORT=$broker_port
cat >"$broker_directory/acl.json" <<'JSON'
{"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true, "subscribe": false, "unsubscribe": true},
 "roles": [{"rolename": "granted", "acls": [{"acltype": "subscribePattern", "topic": "granted/#", "allow": true}]}],
 "groups": [{"groupname": "anonymous", "roles": [{"rolename": "granted"}], "clients": []}],
 "anonymousGroup": "anonymous", "clients": []}
JSON
plugin=$(ls /usr/lib/*/mosquitto_dynamic_security.so /usr/lib/mosquitto_dynamic_security.so 2>/dev/null | head -1)
broker_start acl "allow_anonymous true" "plugin $plugin" \
    "plugin_opt_config_file $broker_directory/acl.json" || exit 1
export MQTTKA_TEST_ACL_PORT=$broker_port
case " ${programs[*]} " in
*" transports "* | *" hooks "* | *" provider "* | *" host_loop "*) servers_start || exit 1 ;;
esac
export MOSQUITTO
export MQTTKA_TEST_LIBRARY="$library/libmqttka.so"

for mode in "${modes[@]}"; do
    [ "$mode" = plain ] || probes "$mode"
    for words in "${programs[@]}"; do
        read -r program arguments <<<"$words"
        [ "$mode" != plain ] && [[ $plain_only == *" $program "* ]] && continue
        log="$build/$mode.log"
        started=${EPOCHREALTIME/./}
        if ! compile "$mode" "$program" >"$log" 2>&1; then
            report "$mode: $words (compiling)" 1 "$log"
            continue
        fi
        case $program in
        stuck)
            broker_start victim "allow_anonymous true" || exit 1
            export MQTTKA_TEST_VICTIM_PORT=$broker_port MQTTKA_TEST_VICTIM_PID=$broker_pid
            ;;
        readme) arguments=$MQTTKA_TEST_PORT ;;
        esac
        # shellcheck disable=SC2086
        run "$mode" "$program" $arguments >"$log" 2>&1
        status=$?
        [ "$program" = stuck ] && broker_stop "$broker_pid"
        if [ "$program" = readme ]; then
            grep -q "^received: hello$" "$log" && grep -q "^published: success$" "$log" || status=1
        fi
        report "$mode: $words" $status "$log"
        took=$(((${EPOCHREALTIME/./} - started) / 1000))
        printf '%-10s %-26s %6d ms  %s\n' "$mode" "$words" "$took" "$(remark "$program" "$log")"
    done
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
