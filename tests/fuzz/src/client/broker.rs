//! What the broker says: packets that fit what the client has said, as bytes, and perhaps damaged.

use super::input::Input;
use super::wire::Conversation;
use mqttka_core::types::Version;

/// One packet, chosen by the input.
pub(super) fn packet(input: &mut Input, conversation: &Conversation) -> Vec<u8> {
    let v5 = conversation.version == Version::V5;
    let kind = input.byte();
    let mut packet = match kind % 12 {
        0 => connack(input, v5),
        1 | 2 => publish(input, v5),
        3 => acknowledgement(0x40, input, conversation),
        4 => acknowledgement(0x50, input, conversation),
        5 => acknowledgement(0x62, input, conversation),
        6 => acknowledgement(0x70, input, conversation),
        7 => answer(input, conversation, v5),
        8 => vec![0xd0, 0],
        9 if v5 => disconnect(input),
        10 if v5 => authentication(input),
        10 => framed(0xf0, &[]),
        11 if kind & 64 == 0 => response(input, conversation),
        _ => framed(input.byte(), input.bytes(5)),
    };
    // One in eight is damaged: in one byte, or cut.
    match kind >> 5 {
        7 => {
            let at = usize::from(input.byte()) % packet.len();
            packet[at] = input.byte();
        }
        6 if kind & 16 != 0 => packet.truncate(usize::from(input.byte()) % packet.len()),
        _ => {}
    }
    packet
}

fn framed(first: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first];
    let mut rest = body.len();
    loop {
        let more = if rest > 127 { 0x80 } else { 0 };
        packet.push((rest % 128) as u8 | more);
        rest /= 128;
        if rest == 0 {
            break;
        }
    }
    packet.extend_from_slice(body);
    packet
}

/// A step of the method that the client may have named, or its end.
fn authentication(input: &mut Input) -> Vec<u8> {
    let how = input.byte();
    let code = [0x18, 0x18, 0, 0x19][usize::from(how & 3)];
    let method = if how & 4 == 0 { b'm' } else { b'n' };
    let mut properties = vec![0x15, 0, 1, method];
    if how & 8 != 0 {
        properties.extend([0x16, 0, 1, how]);
    }
    if how & 16 != 0 {
        properties.extend([0x1f, 0, 1, b'w', 0x26, 0, 1, b'n', 0, 1, b'v']);
    }
    let mut body = vec![code, properties.len() as u8];
    body.extend(properties);
    framed(0xf0, &body)
}

/// To the newest request of the client.
fn response(input: &mut Input, conversation: &Conversation) -> Vec<u8> {
    let Some((topic, data)) = &conversation.request else {
        return vec![0xd0, 0];
    };
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend(topic.as_bytes());
    let flags = input.choice(&[0, 0, 2]);
    if flags != 0 {
        body.extend([0, 9]);
    }
    body.push(3 + data.len() as u8);
    body.extend([0x09, 0, data.len() as u8]);
    body.extend(data);
    body.push(b'!');
    framed(0x30 | flags, &body)
}

fn connack(input: &mut Input, v5: bool) -> Vec<u8> {
    let flags = input.byte();
    let code = match flags >> 1 & 7 {
        0 => input.choice(&[0x87, 0x88, 0x9c, 0x9d, 0x84, 0x85, 0x8a, 1, 5]),
        _ => 0,
    };
    let mut body = vec![flags & 1, code];
    if v5 {
        let mut properties = Vec::new();
        if flags & 16 != 0 {
            properties.extend([0x21, 0, input.choice(&[1, 2, 20])]);
        }
        if flags & 32 != 0 {
            properties.extend([0x27, 0, 0, 0, input.choice(&[10, 40, 255])]);
        }
        if flags & 64 != 0 {
            properties.extend([0x13, 0, input.choice(&[0, 1, 30])]);
        }
        if flags & 128 != 0 {
            let more = input.byte();
            properties.extend([0x24, more & 1, 0x25, more >> 1 & 1, 0x22, 0, more >> 2 & 3]);
            if more & 16 != 0 {
                properties.extend([0x11, 0, 0, 0, input.byte()]);
            }
            if more & 32 != 0 {
                properties.extend([0x12, 0, 1, b'x']);
            }
            if more & 64 != 0 {
                properties.extend([0x1c, 0, 5]);
                properties.extend(b"other");
            }
            if more & 128 != 0 {
                properties.extend([0x15, 0, 1, b'm', 0x16, 0, 1, b'd']);
            }
        }
        body.push(properties.len() as u8);
        body.extend(properties);
    }
    framed(0x20, &body)
}

fn publish(input: &mut Input, v5: bool) -> Vec<u8> {
    let flags = input.byte() & 15;
    let topic = input.choice(&[
        "a",
        "a/b",
        "b",
        "$SYS/x",
        "",
        "very/long/topic/of/many/levels",
    ]);
    let mut body = vec![0, topic.len() as u8];
    body.extend(topic.as_bytes());
    if flags & 6 != 0 {
        body.extend([0, input.byte() % 6]);
    }
    if v5 {
        let which = input.byte();
        let mut properties = Vec::new();
        if which & 1 != 0 {
            properties.extend([0x23, 0, which >> 1 & 3]);
        }
        if which & 8 != 0 {
            properties.extend([0x0b, which >> 4 & 3]);
        }
        if which & 64 != 0 {
            properties.extend([0x08, 0, 1, b'r', 0x09, 0, 1, which]);
        }
        body.push(properties.len() as u8);
        body.extend(properties);
    }
    let size = input.choice(&[0, 1, 5, 200, 1500]);
    body.extend(std::iter::repeat_n(b'.', size));
    framed(0x30 | flags, &body)
}

/// One that the client waits for, as a rule.
fn identifier(input: &mut Input, conversation: &Conversation) -> [u8; 2] {
    let choice = input.byte();
    let waiting = conversation.waiting();
    let id = match choice {
        200.. => u16::from(choice - 200),
        _ if waiting.is_empty() => u16::from(choice % 6),
        _ => waiting[usize::from(choice) % waiting.len()],
    };
    id.to_be_bytes()
}

fn acknowledgement(first: u8, input: &mut Input, conversation: &Conversation) -> Vec<u8> {
    let id = identifier(input, conversation);
    match input.byte() {
        code @ 192.. if conversation.version == Version::V5 => {
            let says = match code & 8 {
                0 => &[][..],
                _ => &[11, 0x1f, 0, 1, b'w', 0x26, 0, 1, b'n', 0, 1, b'v'],
            };
            let code = [0x10, 0x80, 0x87, 0x92, 0x97, 0x99, code][usize::from(code % 7)];
            framed(first, &[&[id[0], id[1], code], says].concat())
        }
        _ => framed(first, &id),
    }
}

/// To a SUBSCRIBE or UNSUBSCRIBE that waits, with as many codes, as a rule.
fn answer(input: &mut Input, conversation: &Conversation, v5: bool) -> Vec<u8> {
    let which = usize::from(input.byte());
    let requests: Vec<_> = conversation.requests.iter().collect();
    let (id, subscribes, count) = match requests.len() {
        0 => (3, which & 1 == 0, 1),
        len => {
            let (id, (subscribes, count)) = requests[which % len];
            (id.get(), *subscribes, *count)
        }
    };
    let mut body = id.to_be_bytes().to_vec();
    if v5 {
        body.push(0);
    }
    let codes = input.byte();
    let count = match codes {
        250.. => usize::from(codes - 250),
        _ => count,
    };
    if subscribes || v5 {
        let code = match codes & 3 {
            3 => 0x80,
            granted if subscribes => granted,
            _ => 0x11,
        };
        body.extend(std::iter::repeat_n(code, count));
    }
    framed(if subscribes { 0x90 } else { 0xb0 }, &body)
}

fn disconnect(input: &mut Input) -> Vec<u8> {
    let code = input.choice(&[0, 0x81, 0x8b, 0x8e, 0x95, 0x98, 0x9c, 0x9d, 0x87, 4]);
    match input.flag() {
        true => framed(0xe0, &[code, 8, 0x1c, 0, 5, b'o', b't', b'h', b'e', b'r']),
        false => framed(0xe0, &[code]),
    }
}
