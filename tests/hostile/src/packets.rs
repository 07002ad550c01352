//! Packets as bytes, also such as no encoder writes.

/// The first byte, the length, and the rest.
pub fn framed(first: u8, body: &[u8]) -> Vec<u8> {
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

/// Body, and in 5.0 the properties behind it.
pub(crate) fn with_properties(v5: bool, body: &[u8], properties: &[u8]) -> Vec<u8> {
    let mut whole = body.to_vec();
    if v5 {
        whole.push(properties.len() as u8);
        whole.extend_from_slice(properties);
    }
    whole
}

/// A CONNACK with these flags, code and properties.
pub fn connack(v5: bool, flags: u8, code: u8, properties: &[u8]) -> Vec<u8> {
    framed(0x20, &with_properties(v5, &[flags, code], properties))
}

/// A PUBLISH with the low four bits of its first byte; an identifier where it has one.
pub fn publish(
    v5: bool,
    flags: u8,
    topic: &[u8],
    id: Option<u16>,
    properties: &[u8],
    payload: &[u8],
) -> Vec<u8> {
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend_from_slice(topic);
    if let Some(id) = id {
        body.extend(id.to_be_bytes());
    }
    let mut body = with_properties(v5, &body, properties);
    body.extend_from_slice(payload);
    framed(0x30 | flags, &body)
}

/// An acknowledgement without a word.
pub(crate) fn ack(first: u8, id: u16) -> Vec<u8> {
    framed(first, &id.to_be_bytes())
}

/// SUBACK or UNSUBACK.
pub(crate) fn answer(v5: bool, first: u8, id: u16, codes: &[u8]) -> Vec<u8> {
    let mut body = with_properties(v5, &id.to_be_bytes(), &[]);
    body.extend_from_slice(codes);
    framed(first, &body)
}
