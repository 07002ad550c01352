# Debian's mosquitto on a free port of loopback, for scripts that source this file.
#
#   broker_start NAME 'config line' ...   sets broker_port and broker_pid
#   broker_stop_all                       to be called on exit

MOSQUITTO=${MOSQUITTO:-/usr/sbin/mosquitto}
broker_pids=()
broker_directory=$(mktemp -d)

broker_answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

broker_start() {
    local name=$1 config="$broker_directory/$1.conf" try wait
    shift
    for try in 1 2 3 4 5; do
        broker_port=$((20000 + RANDOM % 12000))
        broker_answers "$broker_port" && continue
        {
            # As root it would become another user, who cannot read this directory.
            [ "$(id -u)" -eq 0 ] && echo "user root"
            # Else its answers wait 40 ms for an acknowledgement of the one before.
            echo "set_tcp_nodelay true"
            echo "listener $broker_port 127.0.0.1"
            printf '%s\n' "$@"
        } >"$config"
        "$MOSQUITTO" -c "$config" >"$broker_directory/$name.log" 2>&1 &
        broker_pid=$!
        disown "$broker_pid" # or bash reports how it ends
        for wait in $(seq 500); do
            kill -0 "$broker_pid" 2>/dev/null || break
            if broker_answers "$broker_port"; then
                broker_pids+=("$broker_pid")
                return 0
            fi
            sleep 0.02
        done
        kill -9 "$broker_pid" 2>/dev/null
    done
    echo "mosquitto ($name) does not start:" >&2
    cat "$broker_directory/$name.log" >&2
    return 1
}

broker_stop() {
    # A stopped process takes only SIGKILL.
    kill -9 "$1" 2>/dev/null || return 0
    while kill -0 "$1" 2>/dev/null; do sleep 0.01; done
}

broker_stop_all() {
    local pid
    for pid in "${broker_pids[@]}"; do broker_stop "$pid"; done
    rm -rf "$broker_directory"
}
