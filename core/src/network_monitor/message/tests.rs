use proptest::prelude::*;

use super::*;

/// As the kernel writes it: a header, and what follows.
fn message(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut message = request(kind, 0, body);
    message.resize(message.len().next_multiple_of(ALIGNMENT), 0);
    message
}

fn with_attributes(header: &[u8], attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = header.to_vec();
    for (kind, content) in attributes {
        add_attribute(&mut body, *kind, content);
    }
    body
}

fn all(datagram: &[u8]) -> Vec<Result<Answer, Malformed>> {
    answers(datagram).collect()
}

fn route() -> Vec<u8> {
    let mut header = [0; ROUTE_HEADER];
    (header[0], header[1], header[7]) = (2, 32, libc::RTN_UNICAST);
    let body = with_attributes(
        &header,
        &[
            (libc::RTA_TABLE, &254_u32.to_ne_bytes()),
            (libc::RTA_DST, &[198, 41, 0, 4]),
            (libc::RTA_OIF, &3_u32.to_ne_bytes()),
            (libc::RTA_PREFSRC, &[10, 0, 0, 2]),
            (libc::RTA_GATEWAY, &[10, 0, 0, 1]),
        ],
    );
    message(libc::RTM_NEWROUTE, &body)
}

fn own_address() -> Vec<u8> {
    let header = [2, 24, 0, libc::RT_SCOPE_UNIVERSE];
    let header = [header, 7_u32.to_ne_bytes()].concat();
    let body = with_attributes(
        &header,
        &[
            (libc::IFA_ADDRESS, &[10, 0, 0, 1]),
            (libc::IFA_LOCAL, &[10, 0, 0, 2]),
            // A name, whose length needs padding.
            (libc::IFA_LABEL, b"eth0\0"),
        ],
    );
    message(libc::RTM_NEWADDR, &body)
}

fn interface(flags: libc::c_int, kind: &[u8]) -> Vec<u8> {
    let mut header = [0; LINK_HEADER];
    header[4..8].copy_from_slice(&9_i32.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    let mut info = Vec::new();
    add_attribute(&mut info, libc::IFLA_INFO_KIND, kind);
    let nested = libc::IFLA_LINKINFO | 0x8000;
    let body = with_attributes(&header, &[(libc::IFLA_IFNAME, b"x\0"), (nested, &info)]);
    message(libc::RTM_NEWLINK, &body)
}

#[test]
fn what_the_kernel_answers_is_understood() {
    let number = (-libc::ENETUNREACH).to_ne_bytes();
    let error = u16::try_from(libc::NLMSG_ERROR).unwrap();
    let done = u16::try_from(libc::NLMSG_DONE).unwrap();
    let datagram = [
        route(),
        own_address(),
        interface(libc::IFF_UP | libc::IFF_RUNNING, b"veth\0"),
        // Of a type that was not asked for.
        message(libc::RTM_NEWNEIGH, &[0; 12]),
        message(error, &number),
        message(done, &[0; 4]),
    ];
    assert_eq!(
        all(&datagram.concat()),
        [
            Ok(Answer::Route(Route {
                is_unicast: true,
                interface: Some(3),
                gateway: Some([10, 0, 0, 1].into()),
                source: Some([10, 0, 0, 2].into()),
            })),
            Ok(Answer::Address(Address {
                interface: 7,
                is_global: true,
                address: [10, 0, 0, 2].into(),
            })),
            Ok(Answer::Link(Link {
                index: 9,
                is_up: true,
                is_loopback: false,
                is_inner: true,
            })),
            Ok(Answer::Error(-libc::ENETUNREACH)),
            Ok(Answer::Done),
        ]
    );
}

#[test]
fn an_interface_is_up_where_it_is_connected_to_something() {
    let link = |flags, kind: &[u8]| match all(&interface(flags, kind)).remove(0) {
        Ok(Answer::Link(link)) => link,
        other => panic!("{other:?}"),
    };
    let (up, running) = (libc::IFF_UP, libc::IFF_RUNNING);
    assert!(link(up | running, b"wireguard\0").is_up);
    assert!(!link(up, b"bridge\0").is_up);
    assert!(!link(running, b"bridge\0").is_up);
    assert!(link(up | running | libc::IFF_LOOPBACK, b"\0").is_loopback);
    // Without the 0 that some kernels leave out.
    for (kind, is_inner) in [(&b"bridge"[..], true), (b"tun", false), (b"", false)] {
        assert_eq!(link(up, kind).is_inner, is_inner);
    }
}

#[test]
fn what_is_cut_off_or_too_long_is_malformed() {
    let whole = route();
    for length in 1..whole.len() {
        assert_eq!(all(&whole[..length]), [Err(Malformed)], "{length}");
    }
    for at in [0, HEADER + ROUTE_HEADER] {
        for length in [0, 3, u8::MAX] {
            let mut wrong = whole.clone();
            wrong[at..at + 2].copy_from_slice(&[length, 0]);
            assert_eq!(all(&wrong), [Err(Malformed)], "{at}: {length}");
        }
    }
    // An address of no family.
    let body = with_attributes(&[0; ROUTE_HEADER], &[(libc::RTA_GATEWAY, &[1, 2, 3])]);
    assert_eq!(all(&message(libc::RTM_NEWROUTE, &body)), [Err(Malformed)]);
}

proptest! {
    /// A datagram has at most as many answers as it has room for, and nothing of it makes a panic.
    #[test]
    fn no_bytes_make_trouble(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(all(&bytes).len() <= bytes.len() / HEADER + 1);
    }

    /// The same with bytes that are nearly right.
    #[test]
    fn no_change_makes_trouble(at in any::<prop::sample::Index>(), to: u8, again in any::<prop::sample::Index>(), to_again: u8) {
        let mut bytes = [route(), own_address(), interface(libc::IFF_UP, b"bond\0"), route()].concat();
        let length = bytes.len();
        bytes[at.index(length)] = to;
        bytes[again.index(length)] = to_again;
        prop_assert!(all(&bytes).len() <= length / HEADER + 1);
    }
}
