# Real brokers on loopback, each with four listeners, for scripts that source this file.
#
#   broker_get NAME      downloads and builds what is not in the cache
#   broker_start NAME    sets broker_pid and broker_tcp, broker_tls, broker_ws, broker_wss (ports)
#   broker_version NAME  prints which one it is
#   broker_speaks NAME   prints versions of MQTT: 4 is 3.1.1, 5 is 5.0
#   broker_carries NAME VERSION   prints which of its listeners are worth a test
#   broker_port TRANSPORT VERSION prints the port of the broker that was started
#   broker_habit NAME VERSION     prints what the client is to expect of it, see client.c
#   broker_copies NAME VERSION    prints how often a message comes that matches two filters
#   broker_lacks NAME             prints the checks that it does not pass; at-once: several together
#   brokers_stop         to be called on exit
#
# Wanted: $here (this directory), $work (a directory of this run), $certificates (a directory that
# mqttka-authority has filled).

all_brokers=(mosquitto mosquitto-tls1.2 mosquitto-sid hivemq artemis rabbitmq moquette mochi rumqttd amqtt aedes)
cache=$(realpath -m "${MQTTKA_CACHE:-$HOME/.cache/mqttka}")/interop
broker_pids=()
leftovers=()

# Makes $cache/NAME-RECIPE by a command that gets the directory to fill; one that failed leaves none.
cached() { # NAME, text that another result belongs to, command ...
    local name=$1 directory
    directory=$cache/$1-$(sha256sum <<<"$2" | cut -c1-12)
    made=$directory
    [ ! -e "$directory" ] || return 0
    shift 2
    mkdir -p "$cache"
    echo "getting ${directory##*/}" >&2
    local new
    new=$(mktemp -d "$cache/new.XXXXXX")
    if ! "$@" "$new" >"$work/get.log" 2>&1; then
        tail -20 "$work/get.log" >&2
        rm -rf "$new"
        return 1
    fi
    chmod 755 "$new"
    find "$cache" -maxdepth 1 -name "$name-????????????" -exec rm -rf {} +
    # Another run may have been faster.
    mv -T "$new" "$directory" 2>/dev/null || rm -rf "$new"
}

needs() { # command ...
    command -v "$1" >/dev/null || { echo "$1 is not installed" >&2 && return 1; }
}

needs_root() {
    [ "$(id -u)" -eq 0 ] || { echo "only root may change a process's root" >&2 && return 1; }
}

# --- mosquitto as this machine has it, and as Debian sid has it

# Extracted, not installed. The mirror's release file may be older than it says it should be.
extract_sid() { # directory, packages, what is left out
    local site=""
    if needs apt-get; then
        # shellcheck disable=SC2016
        site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p)
    fi
    mmdebstrap --mode=root --variant=extract --format=directory --include="$2" \
        --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt="path-exclude=$3" \
        sid "$1" ${site:+"$site"}
}

get_sid_mosquitto() { # runs with its own libraries and their loader
    extract_sid "$1" mosquitto '/usr/share/*' && /sbin/ldconfig -n "$1"/usr/lib/*-linux-gnu
}

mosquitto_program() { # NAME; sets program
    program=(/usr/sbin/mosquitto)
    [ "$1" = mosquitto-sid ] || return 0
    local libraries
    libraries=$(echo "$made"/usr/lib/*-linux-gnu)
    program=("$(echo "$libraries"/ld-linux-*.so.*)" --library-path "$libraries" "$made/usr/sbin/mosquitto")
}

mosquitto_config() {
    local certificate="certfile $certificates/server.pem
keyfile $certificates/server.key"
    # As root it would become another user, who cannot read these directories.
    [ "$(id -u)" -ne 0 ] || echo "user root"
    cat <<CONFIG
allow_anonymous true
set_tcp_nodelay true
listener $broker_tcp 127.0.0.1
listener $broker_tls 127.0.0.1
$certificate
listener $broker_ws 127.0.0.1
protocol websockets
listener $broker_wss 127.0.0.1
protocol websockets
$certificate
CONFIG
}

# --- HiveMQ, Artemis and Moquette, in a Java of this machine

get_java() { # name, directory
    mkdir "$2/build" && cp "$here/$1/pom.xml" "$2/build" &&
        mvn -q -B -ntp -Dstyle.color=never -f "$2/build/pom.xml" \
            org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
            -DincludeScope=runtime -DoutputDirectory="$2/lib" || return 1
    [ ! -e "$here/$1/Broker.java" ] || javac -cp "$2/lib/*" -d "$2/classes" "$here/$1/Broker.java"
}

java_keystore() {
    openssl pkcs12 -export -in "$certificates/server.pem" -inkey "$certificates/server.key" -name server \
        -passout pass:secret -out "$directory/server.p12"
}

hivemq_config() {
    local secure="<tls><keystore><path>$directory/server.p12</path><password>secret</password>
      <private-key-password>secret</private-key-password></keystore></tls>"
    cat <<CONFIG
<hivemq>
  <listeners>
    <tcp-listener><port>$broker_tcp</port><bind-address>127.0.0.1</bind-address></tcp-listener>
    <tls-tcp-listener><port>$broker_tls</port><bind-address>127.0.0.1</bind-address>$secure</tls-tcp-listener>
    <websocket-listener><port>$broker_ws</port><bind-address>127.0.0.1</bind-address><path>/mqtt</path></websocket-listener>
    <tls-websocket-listener><port>$broker_wss</port><bind-address>127.0.0.1</bind-address><path>/mqtt</path>$secure</tls-websocket-listener>
  </listeners>
  <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
  <persistence><mode>in-memory</mode></persistence>
</hivemq>
CONFIG
}

artemis_config() {
    local secure="sslEnabled=true;keyStorePath=$directory/server.p12;keyStorePassword=secret;keyStoreType=PKCS12"
    local base="protocols=MQTT"
    # Each acceptor speaks WebSocket, too.
    cat <<CONFIG
<configuration xmlns="urn:activemq">
  <core xmlns="urn:activemq:core">
    <persistence-enabled>false</persistence-enabled>
    <security-enabled>false</security-enabled>
    <large-messages-directory>$directory/large</large-messages-directory>
    <paging-directory>$directory/paging</paging-directory>
    <acceptors>
      <acceptor name="tcp">tcp://127.0.0.1:$broker_tcp?$base</acceptor>
      <acceptor name="tls">tcp://127.0.0.1:$broker_tls?$base;$secure</acceptor>
      <acceptor name="ws">tcp://127.0.0.1:$broker_ws?$base</acceptor>
      <acceptor name="wss">tcp://127.0.0.1:$broker_wss?$base;$secure</acceptor>
    </acceptors>
  </core>
</configuration>
CONFIG
}

moquette_config() {
    cat <<CONFIG
host 127.0.0.1
port $broker_tcp
ssl_port $broker_tls
websocket_port $broker_ws
secure_websocket_port $broker_wss
websocket_path /mqtt
jks_path $directory/server.p12
key_store_type pkcs12
key_store_password secret
key_manager_password secret
allow_anonymous true
persistence_enabled false
allow_zero_byte_client_id true
telemetry_enabled false
netty.mqtt.message_size 1048576
CONFIG
}

# --- RabbitMQ as Debian sid has it: in its own root, for Erlang's programs know where they are

get_rabbitmq() {
    extract_sid "$1" rabbitmq-server,coreutils,dash,sed,grep,gawk,hostname,util-linux '/usr/share/[dlmi]*/*' &&
        # Nothing is installed, so nothing has made the links that programs look for their loader by.
        for link in bin sbin lib lib64; do
            [ -e "$1/$link" ] || ln -s "usr/$link" "$1/$link" || return 1
        done &&
        mkdir -p "$1/proc" "$1/root" &&
        # Or Erlang asks servers of names for its own, and waits for them.
        printf '127.0.0.1 localhost %s\n' "$(hostname)" >"$1/etc/hosts" &&
        printf '%s: files\n' passwd group hosts >"$1/etc/nsswitch.conf"
}

rabbitmq_config() {
    local secure
    for secure in ssl_options web_mqtt.ssl; do
        echo "$secure.certfile = $inside/server.pem"
        echo "$secure.keyfile = $inside/server.key"
    done
    cat <<CONFIG
listeners.tcp = none
mqtt.allow_anonymous = true
mqtt.listeners.tcp.1 = 127.0.0.1:$broker_tcp
mqtt.listeners.ssl.1 = 127.0.0.1:$broker_tls
web_mqtt.tcp.ip = 127.0.0.1
web_mqtt.tcp.port = $broker_ws
web_mqtt.ssl.ip = 127.0.0.1
web_mqtt.ssl.port = $broker_wss
web_mqtt.ws_path = /mqtt
vm_memory_high_watermark.absolute = 1GB
CONFIG
}

in_rabbitmq() { # command ...; becomes it
    exec chroot "$made" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME="$inside" LANG=C.UTF-8 \
        ERL_EPMD_PORT=$((broker_tcp + 6)) ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_DIST_PORT=$((broker_tcp + 7)) \
        "$@"
}

# Erlang would start one by itself, which would stay.
rabbitmq_port_mapper() {
    in_rabbitmq epmd >/dev/null 2>&1 &
    broker_pids+=("$!")
    disown "$!"
}

rabbitmq_process() {
    rabbitmq_config >"$own/rabbitmq.conf"
    echo '[rabbitmq_mqtt,rabbitmq_web_mqtt].' >"$own/plugins"
    cp "$certificates"/server.pem "$certificates"/server.key "$own"
    in_rabbitmq RABBITMQ_NODENAME="mqttka$broker_tcp@localhost" RABBITMQ_BASE="$inside" \
        RABBITMQ_MNESIA_BASE="$inside/data" RABBITMQ_LOG_BASE="$inside/log" RABBITMQ_LOGS=- \
        RABBITMQ_CONFIG_FILE="$inside/rabbitmq" RABBITMQ_ENABLED_PLUGINS_FILE="$inside/plugins" \
        /usr/lib/rabbitmq/bin/rabbitmq-server
}

# --- rumqttd, in Rust

get_rumqttd() {
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet rumqttd@=0.20.0 --debug --root "$1" --target-dir "$1/build" &&
        rm -rf "$1/build"
}

rumqttd_listener() { # table, port, further lines; 3.1.1 and 5.0 have listeners of their own
    printf '[%s]\nname = "%s"\nlisten = "127.0.0.1:%s"\nnext_connection_delay_ms = 1\n' "$1" "$1" "$2"
    printf '%s\n' "${@:3}"
    printf '[%s.connections]\nconnection_timeout_ms = 60000\nmax_payload_size = 1048576\n' "$1"
    printf 'max_inflight_count = 100\ndynamic_filters = true\n'
}

rumqttd_config() {
    local secure=(tls "certpath = \"$certificates/server.pem\"" "keypath = \"$certificates/server.key\"")
    printf 'id = 0\n[router]\nid = 0\nmax_connections = 100\nmax_outgoing_packet_count = 200\n'
    printf 'max_segment_size = 104857600\nmax_segment_count = 10\n'
    rumqttd_listener v4.1 $broker_tcp
    rumqttd_listener v4.2 $broker_tls "[v4.2.${secure[0]}]" "${secure[@]:1}"
    rumqttd_listener v5.1 $((broker_tcp + 4))
    rumqttd_listener v5.2 $((broker_tcp + 5)) "[v5.2.${secure[0]}]" "${secure[@]:1}"
    rumqttd_listener ws.1 $broker_ws
    rumqttd_listener ws.2 $broker_wss "[ws.2.${secure[0]}]" "${secure[@]:1}"
}

# --- amqtt, in Python

get_amqtt() {
    # By its final name, which its scripts would have in them; so no script is used.
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --disable-pip-version-check amqtt==0.12.1
}

amqtt_config() {
    local secure="ssl: true, certfile: $certificates/server.pem, keyfile: $certificates/server.key"
    cat <<CONFIG
listeners:
  default: {type: tcp, bind: "127.0.0.1:$broker_tcp", max_connections: 100}
  tls: {type: tcp, bind: "127.0.0.1:$broker_tls", $secure}
  ws: {type: ws, bind: "127.0.0.1:$broker_ws"}
  wss: {type: ws, bind: "127.0.0.1:$broker_wss", $secure}
plugins:
  amqtt.plugins.authentication.AnonymousAuthPlugin: {allow_anonymous: true}
CONFIG
}

# --- mochi-mqtt, in Go

get_mochi() {
    (cd "$here/mochi" && go build -o "$1/broker" .)
}

# --- aedes, in Node.js

get_aedes() {
    cp "$here"/aedes/* "$1" &&
        (cd "$1" && npm install --no-package-lock --ignore-scripts --no-audit --no-fund)
}

# --- any of them

broker_get() {
    made=""
    case $1 in
    mosquitto | mosquitto-tls1.2) needs /usr/sbin/mosquitto ;;
    # The month: sid moves on, and so do these tests.
    mosquitto-sid) needs mmdebstrap && cached "$1" "$(date +%Y-%m)" get_sid_mosquitto ;;
    hivemq | artemis | moquette) needs mvn && needs javac && cached "$1" "$(cat "$here/$1"/*)" get_java "$1" ;;
    rabbitmq) needs mmdebstrap && needs_root && cached "$1" "$(date +%Y-%m)" get_rabbitmq ;;
    rumqttd) needs cargo && cached "$1" 0.20.0 get_rumqttd ;;
    amqtt) needs python3 && cached "$1" 0.12.1 get_amqtt ;;
    aedes) needs node && needs npm && cached "$1" "$(cat "$here"/aedes/*)" get_aedes ;;
    mochi) needs go && cached "$1" "$(cat "$here"/mochi/*)" get_mochi ;;
    *) echo "no broker '$1'; there are: ${all_brokers[*]}" >&2 && return 1 ;;
    esac
}

broker_version() {
    local program
    case $1 in
    mosquitto*) mosquitto_program "$1" && "${program[@]}" -h 2>/dev/null | sed -n 's/^mosquitto version //p' ;;
    hivemq) basename "$made"/lib/hivemq-community-edition-embedded-*.jar .jar | sed 's/.*-//' ;;
    artemis) basename "$made"/lib/artemis-mqtt-protocol-*.jar .jar | sed 's/.*-//' ;;
    moquette) basename "$made"/lib/moquette-broker-*.jar .jar | sed 's/.*-//' ;;
    rabbitmq) basename "$made"/usr/lib/rabbitmq/lib/rabbitmq_server-* | sed 's/.*-//' ;;
    rumqttd) "$made/bin/rumqttd" --version | sed 's/.* //' ;;
    amqtt) basename "$made"/lib/python*/site-packages/amqtt-*.dist-info .dist-info | sed 's/.*-//' ;;
    aedes) node -p "require('$made/node_modules/aedes/package.json').version" ;;
    mochi) sed -n 's/^require .* v//p' "$here/mochi/go.mod" ;;
    esac
}

broker_speaks() {
    case $1 in
    aedes | moquette | amqtt) echo 4 ;;
    *) echo 4 5 ;;
    esac
}

broker_carries() {
    case $1-$2 in
    mosquitto-tls1.2-*) echo tls ;;
    rumqttd-5) echo tcp tls ;;
    *) echo tcp tls ws wss ;;
    esac
}

broker_habit() {
    case $1-$2 in
    rabbitmq-4) echo grants-1 ;;
    rabbitmq-5) echo has-1 ;;
    rumqttd-5) echo by-filter ;;
    rumqttd-* | amqtt-*) echo granted ;;
    moquette-*) echo small ;;
    *) echo published ;;
    esac
}

broker_copies() {
    case $1-$2 in
    artemis-*) echo 2 ;; # in 5.0 with the identifiers of both in each
    mosquitto-sid-4 | rumqttd-4 | amqtt-4) echo 2 ;;
    *) echo 1 ;;
    esac
}

broker_lacks() {
    case $1 in # see README.md
    artemis) echo will overlap ;;
    rabbitmq) echo will resumption ;;
    rumqttd) echo resumption at-once ;;
    esac
}

broker_port() {
    local offset=0
    [ "$broker" != rumqttd ] || [ "$2" = 4 ] || offset=4
    case $1 in
    tcp) echo $((broker_tcp + offset)) ;;
    tls) echo $((broker_tls + offset)) ;;
    ws) echo "$broker_ws" ;;
    wss) echo "$broker_wss" ;;
    esac
}

answers() { # port
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Each broker has a range of its own, for they are started side by side; and eight ports of it.
choose_ports() { # NAME
    local place=0 port
    while [ "${all_brokers[place]}" != "$1" ]; do place=$((place + 1)); done
    broker_tcp=$((20000 + place * 1000 + RANDOM % 125 * 8))
    broker_tls=$((broker_tcp + 1)) broker_ws=$((broker_tcp + 2)) broker_wss=$((broker_tcp + 3))
    for port in $(seq $broker_tcp $((broker_tcp + 7))); do
        if answers "$port"; then choose_ports "$1" && return; fi
    done
}

broker_process() { # NAME: becomes the broker
    local program
    case $1 in
    mosquitto*)
        mosquitto_program "$1"
        mosquitto_config >"$directory/mosquitto.conf"
        # Its own tls_version is only the lowest.
        if [ "$1" = mosquitto-tls1.2 ]; then
            printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' 'system_default = c' '[c]' \
                'MaxProtocol = TLSv1.2' >"$directory/openssl.cnf"
            export OPENSSL_CONF=$directory/openssl.cnf
        fi
        exec "${program[@]}" -c "$directory/mosquitto.conf"
        ;;
    hivemq)
        mkdir "$directory/data" "$directory/extensions"
        hivemq_config >"$directory/config.xml"
        java_keystore
        # Quick to start, not to run.
        exec java -XX:TieredStopAtLevel=1 -cp "$made/classes:$made/lib/*" Broker "$directory"
        ;;
    artemis)
        artemis_config >"$directory/broker.xml"
        java_keystore
        exec java -XX:TieredStopAtLevel=1 -cp "$made/classes:$made/lib/*" Broker "$directory"
        ;;
    moquette)
        mkdir "$directory/config" "$directory/data"
        moquette_config >"$directory/config/moquette.conf"
        java_keystore
        cd "$directory" && exec java -XX:TieredStopAtLevel=1 -Dmoquette.path="$directory" -cp "$made/lib/*" \
            io.moquette.broker.Server
        ;;
    rabbitmq) rabbitmq_process ;;
    rumqttd)
        rumqttd_config >"$directory/rumqttd.toml"
        exec "$made/bin/rumqttd" -c "$directory/rumqttd.toml"
        ;;
    amqtt)
        amqtt_config >"$directory/amqtt.yaml"
        cd "$directory" && exec "$made/bin/python" -m amqtt.scripts.broker_script -c "$directory/amqtt.yaml"
        ;;
    aedes)
        exec node "$made/broker.mjs" $broker_tcp $broker_tls $broker_ws $broker_wss \
            "$certificates/server.pem" "$certificates/server.key"
        ;;
    mochi)
        exec "$made/broker" $broker_tcp $broker_tls $broker_ws $broker_wss \
            "$certificates/server.pem" "$certificates/server.key"
        ;;
    esac
}

broker_start() { # after broker_get of the same
    local directory=$work/$1 port waited
    rm -rf "$directory"
    mkdir "$directory"
    choose_ports "$1"
    local inside=/run/mqttka-$broker_tcp own=$made/run/mqttka-$broker_tcp
    if [ "$1" = rabbitmq ]; then
        mkdir -p "$own"
        leftovers+=("$own")
        rabbitmq_port_mapper
    fi
    broker_process "$1" >"$directory/log" 2>&1 &
    broker_pid=$!
    disown "$broker_pid" # or bash reports how it ends
    broker_pids+=("$broker_pid")
    for port in $broker_tcp $broker_tls $broker_ws $broker_wss; do
        for waited in $(seq 1500); do
            answers "$port" && continue 2
            kill -0 "$broker_pid" 2>/dev/null || break
            sleep 0.02
        done
        echo "$1 does not start ($waited):" >&2
        tail -30 "$directory/log" >&2
        return 1
    done
    if [ "$1" = rabbitmq ]; then # a shell, and what it waits for
        broker_pid=$(pgrep -P "$broker_pid" beam.smp)
        broker_pids+=("$broker_pid")
    fi
}

brokers_stop() {
    local pid
    for pid in "${broker_pids[@]}"; do
        pkill -9 -P "$pid"
        kill -9 "$pid" 2>/dev/null || continue
        while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
    done
    broker_pids=()
    [ ${#leftovers[@]} -eq 0 ] || rm -rf "${leftovers[@]}"
    leftovers=()
}
