use std::time::Duration;

use mqttka::{
    Builder, Client, Fault, LostPublish, Options, QueuePolicy, StopReason, Transport, Version, Will,
};

fn start() -> Builder {
    Client::builder("mqtt://first.example")
}

/// Each option by its method, and where it is to be found afterwards.
#[test]
fn every_option_is_set() {
    let second = Duration::from_secs(1);
    let options = start()
        .uri("wss://ann:one@broker.example/x")
        .servers(["mqtt://second.example"])
        .protocol_version(Version::V311)
        .fallback_to_v311(true)
        .client_id("id")
        .user_name("bob")
        .password("two")
        .keep_alive(30 * second)
        .dead_peer_timeout(20 * second)
        .connect_timeout(10 * second)
        .clean_start(false)
        .session_expiry_interval(3600 * second)
        .will(Will::new("w", "gone").delay(second))
        .user_properties([("n", "v")])
        .request_response_information(true)
        .request_problem_information(false)
        .receive_maximum(7)
        .max_inflight(8)
        .maximum_packet_size(1000)
        .topic_alias_maximum(12)
        .outbound_topic_alias_maximum(13)
        .tolerate(Fault::PublishBeforeConnack)
        .outbound_queue_max_messages(9)
        .outbound_queue_max_bytes(10)
        .queue_policy(QueuePolicy::DropOldest)
        .inbound_queue_max_bytes(11)
        .unclaimed_timeout(second)
        .lost_qos1(LostPublish::Fail)
        .lost_qos2(LostPublish::PublishAgain)
        .poison_after(3)
        .clean_start_on_backlog(true)
        .adaptive_ping(true)
        .make_before_break(true)
        .max_redirects(4)
        .provider(|_| ())
        .reconnect_first_delay(2 * second)
        .reconnect_factor(3.0)
        .reconnect_max_delay(4 * second)
        .reconnect_max_attempts(5)
        .reconnect_max_time(6 * second)
        .reconnect_reset_after(7 * second)
        .reconnect_retry_on([StopReason::Credentials])
        .tls_ca("ca")
        .tls_certificate("certificate")
        .tls_private_key("key")
        .tls_private_key_password("password")
        .tls_alpn(["mqtt"])
        .tls_server_name("name")
        .tls_pins(["pin"])
        .tls_resumption(false)
        .tls_key_log(true)
        .tls_danger_accept_any_certificate(true)
        .tls_verifier(|_, _| Ok(()))
        .web_socket_headers([("Authorization", "Bearer token")])
        .proxy("socks5://proxy.example")
        .interface("eth0")
        .local_address([127, 0, 0, 1].into())
        .multipath_tcp(true)
        .socket_hook(|_| Ok(()))
        .network_monitor(false)
        .options()
        .unwrap();
    let servers = &options.servers;
    assert_eq!(
        (&*servers[0].host, &*servers[0].path),
        ("broker.example", "/x")
    );
    assert_eq!((servers.len(), &*servers[1].host), (2, "second.example"));
    let config = &options.config;
    assert_eq!(config.protocol_version, Version::V311);
    assert_eq!(
        (&*config.client_id, config.user_name.as_deref()),
        ("id", Some("bob"))
    );
    assert_eq!(config.password.as_deref(), Some(&b"two"[..]));
    assert_eq!(
        (config.keep_alive, config.session_expiry_interval),
        (30, 3600)
    );
    assert_eq!(config.dead_peer_timeout, Some(20 * second));
    assert_eq!(config.connect_timeout, Some(10 * second));
    assert!(!config.clean_start && !config.request_problem_information);
    assert!(config.request_response_information && config.fallback_to_v311);
    assert!(config.clean_start_on_backlog && config.adaptive_ping && config.make_before_break);
    assert_eq!(config.will.as_ref().unwrap().message.payload, "gone");
    assert_eq!(config.user_properties.len(), 1);
    assert_eq!((config.receive_maximum, config.max_inflight), (7, Some(8)));
    assert_eq!(config.maximum_packet_size, Some(1000));
    assert_eq!(config.topic_alias_maximum, 12);
    assert_eq!(config.outbound_topic_alias_maximum, 13);
    assert_eq!(config.tolerate, Fault::PublishBeforeConnack.into());
    assert_eq!(config.outbound_queue_max_messages, 9);
    assert_eq!(config.outbound_queue_max_bytes, 10);
    assert_eq!(config.inbound_queue_max_bytes, 11);
    assert_eq!(config.queue_policy, QueuePolicy::DropOldest);
    assert_eq!(config.lost_qos1, LostPublish::Fail);
    assert_eq!(config.lost_qos2, LostPublish::PublishAgain);
    assert_eq!((config.poison_after, config.max_redirects), (3, 4));
    let reconnect = config.reconnect.as_ref().unwrap();
    assert_eq!(reconnect.first_delay, 2 * second);
    assert_eq!(reconnect.factor, 3.0);
    assert_eq!(reconnect.max_delay, 4 * second);
    assert_eq!(reconnect.max_attempts, Some(5));
    assert_eq!(reconnect.max_time, Some(6 * second));
    assert_eq!(reconnect.reset_after, Some(7 * second));
    assert_eq!(reconnect.retry_on, [StopReason::Credentials]);
    let tls = &options.tls;
    assert!(tls.ca.is_some() && tls.certificate.is_some() && tls.private_key.is_some());
    assert!(tls.private_key_password.is_some() && tls.verifier.is_some());
    assert_eq!(
        (&*tls.alpn, &*tls.pins),
        (&["mqtt".into()][..], &["pin".into()][..])
    );
    assert_eq!(tls.server_name.as_deref(), Some("name"));
    assert!(!tls.resumption && tls.key_log && tls.danger_accept_any_certificate);
    assert_eq!(options.web_socket.headers.len(), 1);
    let proxy = format!("{:?}", options.proxy);
    assert!(proxy.contains("proxy.example"), "{proxy}");
    assert_eq!(options.socket.interface.as_deref(), Some("eth0"));
    assert!(options.socket.local_address.is_some() && options.socket.multipath_tcp);
    assert!(options.socket.hook.is_some() && options.provider.is_some());
    assert_eq!(options.unclaimed_timeout, second);
    assert!(!options.network_monitor);

    let options = Builder::from(options)
        .reconnect(false)
        .session_expiry_interval(Duration::MAX)
        .host("other.example")
        .port(1234)
        .transport(Transport::Tls)
        .path("/y")
        .tls_ca_file("a")
        .tls_certificate_file("b")
        .tls_private_key_file("c")
        .options()
        .unwrap();
    assert!(options.config.reconnect.is_none());
    assert_eq!(options.config.session_expiry_interval, u32::MAX);
    let server = &options.servers[0];
    assert_eq!((&*server.host, server.port), ("other.example", Some(1234)));
    assert_eq!((server.transport, &*server.path), (Transport::Tls, "/y"));
    let tls = format!("{:?}", options.tls);
    for file in ["File(\"a\")", "File(\"b\")", "File(\"c\")"] {
        assert!(tls.contains(file), "{tls}");
    }
}

#[test]
fn what_an_option_cannot_be_is_said_by_its_name() {
    let day = Duration::from_secs(86_401);
    let zero = Duration::ZERO;
    let long = "x".repeat(65_536);
    for (builder, said) in [
        (start().uri("http://a"), "uri has the scheme \"http\""),
        (Client::builder(""), "uri"),
        (
            start().uri(format!("mqtt://{long}@h")),
            "user_name is invalid: string is longer",
        ),
        (start().servers(["mqtt://ann@a"]), "servers has a user name"),
        (start().port(0), "port is 0; it must be 1 to 65535"),
        (start().host(""), "host is \"\""),
        (
            start().keep_alive(day),
            "keep_alive is 86401s; it must be whole seconds, 0s to 65535s",
        ),
        (
            start().keep_alive(Duration::from_millis(500)),
            "keep_alive is 500ms",
        ),
        (
            start().dead_peer_timeout(zero),
            "dead_peer_timeout is 0ns; it must be 1.5s to 86400s",
        ),
        (start().connect_timeout(day), "connect_timeout is 86401s"),
        (
            start().session_expiry_interval(u32::MAX * day),
            "session_expiry_interval is ",
        ),
        (
            start().unclaimed_timeout(day),
            "unclaimed_timeout is 86401s",
        ),
        (start().receive_maximum(0), "receive_maximum is 0"),
        (start().max_inflight(0), "max_inflight is 0"),
        (start().maximum_packet_size(15), "maximum_packet_size is 15"),
        (
            start().outbound_queue_max_messages(0),
            "outbound_queue_max_messages is 0",
        ),
        (
            start().outbound_queue_max_bytes(0),
            "outbound_queue_max_bytes is 0",
        ),
        (
            start().inbound_queue_max_bytes(0),
            "inbound_queue_max_bytes is 0",
        ),
        (start().poison_after(1001), "poison_after is 1001"),
        (start().max_redirects(101), "max_redirects is 101"),
        (
            start().reconnect_first_delay(zero),
            "reconnect_first_delay is 0ns",
        ),
        (
            start().reconnect_factor(f64::NAN),
            "reconnect_factor is NaN; it must be 1 to 100",
        ),
        (
            start().reconnect_max_delay(day),
            "reconnect_max_delay is 86401s",
        ),
        (
            start().reconnect_max_attempts(0),
            "reconnect_max_attempts is 0",
        ),
        (
            start().reconnect_max_time(zero),
            "reconnect_max_time is 0ns",
        ),
        (
            start().reconnect_reset_after(day),
            "reconnect_reset_after is 86401s",
        ),
        (
            start().client_id(&long),
            "client_id is invalid: string is longer",
        ),
        (start().user_name("a\0"), "user_name is invalid"),
        (start().password(&long), "password is 65536 bytes long"),
        (
            start().will(Will::new("a/#", "")),
            "topic \"a/#\" is invalid",
        ),
        (
            start().will(Will::new("a", "").delay(Duration::MAX)),
            "will_delay_interval is ",
        ),
        (
            start().user_property("\0", ""),
            "the name of a user property is invalid",
        ),
        (start().proxy("https://a"), "proxy has the scheme \"https\""),
        (start().uri("mqtts://a").tls_ca("no PEM"), "tls_ca"),
        (start().uri("mqtts://a").tls_ca_file("/nowhere"), "/nowhere"),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(said), "{error:?} instead of {said:?}");
    }
    // The first thing that is wrong is told.
    let error = start().port(0).max_redirects(101).options().unwrap_err();
    assert!(error.to_string().contains("port"), "{error}");
    assert!(Client::new(Options::new("")).is_err());
}
