//! Which trace a message belongs to, as the W3C has it: `traceparent` and `tracestate`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{Message, Properties, Property, PropertyId, Text};

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// A trace context (W3C Trace Context, level 1 and 2): parsed and valid. Messages carry it in their
/// user properties `traceparent` and `tracestate`, as the W3C's note for MQTT has it; so it needs
/// MQTT 5.0.
///
/// ```
/// use mqttka_core::client::{Message, TopicName, TraceContext};
///
/// let context: TraceContext =
///     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// let mut message = Message::new(TopicName::try_from("a")?, "x");
/// message.set_trace_context(&context);
/// assert_eq!(message.trace_context(), Some(context));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceContext {
    trace_id: [u8; 16],
    parent_id: [u8; 8],
    flags: u8,
    state: Text,
}

/// Why something is no trace context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum InvalidTraceContext {
    /// `traceparent` is not `00-` and 32, 16 and 2 hexadecimal digits in lower case.
    #[error(
        "traceparent is not of the form 00-TRACE-PARENT-FLAGS in lower-case hexadecimal digits"
    )]
    Form,
    /// The trace's identifier is zero.
    #[error("the trace identifier is zero")]
    ZeroTraceId,
    /// The parent's identifier is zero.
    #[error("the parent identifier is zero")]
    ZeroParentId,
    /// `tracestate` is not a list of at most 32 `key=value` with keys of their own, of at most 512
    /// characters.
    #[error("tracestate is not a list of at most 32 members key=value, of at most 512 characters")]
    State,
}

impl TraceContext {
    /// The longest `tracestate`, in bytes.
    pub const MAX_STATE: usize = 512;

    /// The flag of a trace that is recorded.
    pub const SAMPLED: u8 = 0x01;

    /// Of its parts; without a `tracestate`.
    ///
    /// # Errors
    /// [`InvalidTraceContext::ZeroTraceId`], [`InvalidTraceContext::ZeroParentId`].
    pub fn new(
        trace_id: [u8; 16],
        parent_id: [u8; 8],
        flags: u8,
    ) -> Result<Self, InvalidTraceContext> {
        if trace_id == [0; 16] {
            return Err(InvalidTraceContext::ZeroTraceId);
        }
        if parent_id == [0; 8] {
            return Err(InvalidTraceContext::ZeroParentId);
        }
        Ok(TraceContext {
            trace_id,
            parent_id,
            flags,
            state: Text::new(),
        })
    }

    /// The same with this `tracestate`; empty: none.
    ///
    /// # Errors
    /// [`InvalidTraceContext::State`].
    pub fn with_state(mut self, state: &str) -> Result<Self, InvalidTraceContext> {
        let invalid = InvalidTraceContext::State;
        if !is_state(state) {
            return Err(invalid);
        }
        self.state = Text::try_from(state).map_err(|_| invalid)?;
        Ok(self)
    }

    /// The trace's identifier; never zero.
    pub const fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// The identifier of the span that the message was sent in; never zero.
    pub const fn parent_id(&self) -> [u8; 8] {
        self.parent_id
    }

    /// The flags, such as [`SAMPLED`](Self::SAMPLED).
    pub const fn flags(&self) -> u8 {
        self.flags
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(&self) -> bool {
        self.flags & Self::SAMPLED != 0
    }

    /// The `tracestate`; empty where there is none.
    pub fn state(&self) -> &str {
        self.state.as_str()
    }

    /// The `traceparent`, 55 characters.
    pub fn traceparent(&self) -> String {
        self.to_string()
    }

    /// Of a message's properties: as [`Message::trace_context`] reads it.
    pub fn of(properties: &Properties) -> Option<Self> {
        let all = |wanted: &'static str| {
            let all = properties.user_properties();
            all.filter(move |(name, _)| name.as_str() == wanted)
                .map(|(_, value)| value.as_str())
        };
        let mut parents = all(TRACEPARENT);
        let context: TraceContext = parents.next()?.parse().ok()?;
        if parents.next().is_some() {
            return None;
        }
        // More of them can be none that is valid.
        let states: Vec<&str> = all(TRACESTATE).take(Self::MAX_STATE).collect();
        // What is wrong with it does not touch the parent.
        let with_state = context.clone().with_state(&states.join(","));
        Some(with_state.unwrap_or(context))
    }
}

impl fmt::Display for TraceContext {
    /// The `traceparent`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        for byte in self.trace_id {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("-")?;
        for byte in self.parent_id {
            write!(f, "{byte:02x}")?;
        }
        write!(f, "-{:02x}", self.flags)
    }
}

impl FromStr for TraceContext {
    type Err = InvalidTraceContext;

    /// Reads a `traceparent`. One of a later version is read as far as this one goes; `ff` is none.
    fn from_str(text: &str) -> Result<Self, InvalidTraceContext> {
        const LENGTH: usize = 55;
        let form = InvalidTraceContext::Form;
        let bytes = text.as_bytes();
        let (head, rest) = bytes.split_at_checked(LENGTH).ok_or(form)?;
        let [version] = digits(&head[..2]).ok_or(form)?;
        let dashes = [2, 35, 52].iter().all(|at| head[*at] == b'-');
        let ends = rest.is_empty() || version > 0 && rest[0] == b'-';
        if !dashes || !ends || version == 0xff {
            return Err(form);
        }
        let [flags] = digits(&head[53..]).ok_or(form)?;
        let trace_id = digits(&head[3..35]).ok_or(form)?;
        TraceContext::new(trace_id, digits(&head[36..52]).ok_or(form)?, flags)
    }
}

/// Two lower-case digits per byte.
fn digits<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

/// Section 3.3.1 of level 2: a list of members, of which some may be empty.
fn is_state(state: &str) -> bool {
    const MEMBERS: usize = 32;
    let mut keys = Vec::new();
    let members = state
        .split(',')
        .map(|member| member.trim_matches([' ', '\t']));
    for member in members.filter(|member| !member.is_empty()) {
        match member.split_once('=') {
            Some((key, value)) if is_key(key) && is_value(value) && !keys.contains(&key) => {
                keys.push(key);
            }
            _ => return false,
        }
    }
    state.len() <= TraceContext::MAX_STATE && keys.len() <= MEMBERS
}

fn is_key(key: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let part = |byte: u8| begins(byte) || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@');
    let bytes = key.as_bytes();
    bytes.len() <= 256
        && bytes.first().is_some_and(|it| begins(*it))
        && bytes.iter().all(|it| part(*it))
}

fn is_value(value: &str) -> bool {
    let part = |byte: u8| matches!(byte, 0x20..=0x7e) && byte != b',' && byte != b'=';
    (1..=256).contains(&value.len()) && value.bytes().all(part) && !value.ends_with(' ')
}

impl Message {
    /// The trace that the message belongs to: of its user properties `traceparent` and
    /// `tracestate`. `None` where there is none, or it is not valid, or there are several, of which
    /// nobody knows which is the right one. Several `tracestate` are one list, as in HTTP; one that
    /// is not valid is left out.
    pub fn trace_context(&self) -> Option<TraceContext> {
        TraceContext::of(&self.properties)
    }

    /// Puts the message into a trace, in place of one in which it was. In MQTT 3.1.1, which has no
    /// properties, that does nothing.
    pub fn set_trace_context(&mut self, context: &TraceContext) {
        context.put_into(&mut self.properties);
    }
}

impl TraceContext {
    /// Puts what has these properties into the trace: as [`Message::set_trace_context`] does.
    pub fn put_into(&self, properties: &mut Properties) {
        let theirs = |name: &Text| name.as_str() == TRACEPARENT || name.as_str() == TRACESTATE;
        let mut user: Vec<Property> = Vec::new();
        for (name, value) in properties.user_properties() {
            if !theirs(name) {
                user.push(Property::UserProperty(name.clone(), value.clone()));
            }
        }
        properties.remove(PropertyId::UserProperty);
        let mut add = |name: &'static str, value: Text| {
            // Both names are text.
            if let Ok(name) = Text::try_from(name) {
                user.push(Property::UserProperty(name, value));
            }
        };
        if let Ok(parent) = Text::try_from(self.traceparent()) {
            add(TRACEPARENT, parent);
        }
        if !self.state.is_empty() {
            add(TRACESTATE, self.state.clone());
        }
        for property in user {
            properties.push(property);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::TopicName;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn parsed(text: &str) -> Result<TraceContext, InvalidTraceContext> {
        text.parse()
    }

    #[test]
    fn a_traceparent_is_read_and_written() {
        let context = parsed(PARENT).unwrap();
        assert_eq!(context.to_string(), PARENT);
        assert_eq!(
            (context.trace_id()[0], context.parent_id()[7]),
            (0x4b, 0xb7)
        );
        assert!(context.is_sampled());
        // A later version may have more behind it.
        let later = PARENT.replacen("00", "01", 1);
        for text in [later.clone(), format!("{later}-more")] {
            assert_eq!(parsed(&text), Ok(context.clone()));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        use InvalidTraceContext as I;
        for text in [
            "",
            "00",
            &PARENT[..54],
            &format!("{PARENT}-"),
            &format!("{PARENT}0"),
            &PARENT.to_uppercase(),
            &PARENT.replace('-', "_"),
            &PARENT.replacen("00", "ff", 1),
            &PARENT.replacen("4b", "é", 1),
            &PARENT.replacen("-01", "-0g", 1),
            &format!("{}1", PARENT.replacen("00", "01", 1)),
        ] {
            assert_eq!(parsed(text), Err(I::Form), "{text}");
        }
        let zero = "0".repeat(32);
        let text = PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zero);
        assert_eq!(parsed(&text), Err(I::ZeroTraceId));
        let text = PARENT.replace("00f067aa0ba902b7", &zero[..16]);
        assert_eq!(parsed(&text), Err(I::ZeroParentId));
    }

    #[test]
    fn a_tracestate_is_a_list() {
        let with = |state: &str| parsed(PARENT).unwrap().with_state(state);
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("k{n}=v")).collect();
            members.join(",")
        };
        let long = |len: usize| format!("a={},b={}", "v".repeat(250), "w".repeat(len - 255));
        for state in [
            "",
            "a=b",
            "a=b, c@d=e f!",
            "a=b,,c=d",
            "0*/_-=~",
            &many(32),
            &long(505),
        ] {
            let context = with(state).expect(state);
            assert_eq!(context.state(), state);
        }
        for state in [
            "a",
            "a=",
            "A=b",
            "_a=b",
            "a=b=c",
            "a=é",
            "a=b,a=c",
            "a b=c",
            &many(33),
            &format!("{}=b", "k".repeat(257)),
            &[&many(20), ",y=", &"v".repeat(200), ",z=", &"v".repeat(220)].concat(),
        ] {
            assert_eq!(with(state), Err(InvalidTraceContext::State), "{state}");
        }
    }

    #[test]
    fn a_message_has_one_context_and_keeps_its_other_properties() {
        let mut message = Message::new(TopicName::try_from("t").unwrap(), "x");
        assert_eq!(message.trace_context(), None);
        let text = |text: &str| Text::try_from(text).unwrap();
        let own = Property::UserProperty(text("own"), text("1"));
        message.properties.push(own.clone());
        message.properties.push(Property::PayloadFormatIndicator(1));
        let first = parsed(PARENT).unwrap().with_state("a=b").unwrap();
        message.set_trace_context(&first);
        assert_eq!(message.trace_context(), Some(first));
        let second = parsed(&PARENT.replace("4b", "4c")).unwrap();
        message.set_trace_context(&second);
        assert_eq!(message.trace_context(), Some(second.clone()));
        assert_eq!(message.properties.user_properties().len(), 2);
        assert!(message.properties.iter().any(|it| *it == own));
        assert_eq!(message.properties.len(), 3);
        // One list in several pieces.
        for piece in ["a=b", "c=d,e=f"] {
            let piece = Property::UserProperty(text("tracestate"), text(piece));
            message.properties.push(piece);
        }
        let list = second.clone().with_state("a=b,c=d,e=f").unwrap();
        assert_eq!(message.trace_context(), Some(list));
        // A state that is broken takes nothing else with it.
        let broken = Property::UserProperty(text("tracestate"), text("="));
        message.properties.push(broken);
        assert_eq!(message.trace_context(), Some(second));
        // Two parents are none.
        let parent = Property::UserProperty(text("traceparent"), text(PARENT));
        message.properties.push(parent);
        assert_eq!(message.trace_context(), None);
    }
}
