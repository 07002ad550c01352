//! Whether the client goes where a broker sends it (section 4.11).

use super::Ended;
use crate::error::{ConnectError, DisconnectCause};
use crate::transport::options::Server;
use crate::transport::referred;
use crate::types::ReasonCode;

/// Counts what was followed in a row.
#[derive(Debug, Default)]
pub(super) struct Redirects {
    /// Where the stream leads; `None` where nobody said so.
    server: Option<Server>,
    followed: u32,
}

/// Where a broker sends its client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Redirect {
    /// As the broker sent it.
    pub(super) reference: String,
    /// The server has moved (0x9D); else another is to be used this time (0x9C).
    pub(super) for_good: bool,
}

impl Redirects {
    /// The stream that opens leads there.
    pub(super) fn set_server(&mut self, server: Server) {
        self.server = Some(server);
    }

    /// A connection has lasted.
    pub(super) fn reset(&mut self) {
        self.followed = 0;
    }

    /// Where to go after this end, at most `most` times in a row. To be asked once for each end:
    /// one that is no redirect ends the row.
    pub(super) fn follow(&mut self, ended: &Ended, most: u32) -> Option<Redirect> {
        let Some(redirect) = redirect_of(ended) else {
            self.followed = 0;
            return None;
        };
        let server = self.server.as_ref()?;
        if self.followed >= most || referred(&redirect.reference, server).is_empty() {
            return None;
        }
        self.followed += 1;
        Some(redirect)
    }
}

fn redirect_of(ended: &Ended) -> Option<Redirect> {
    let (code, reference) = match ended {
        Ended::Disconnected(DisconnectCause::ServerDisconnect {
            reason_code,
            server_reference,
            ..
        })
        | Ended::ConnectFailed(ConnectError::Refused {
            reason_code,
            server_reference,
            ..
        }) => (*reason_code, server_reference.as_ref()?),
        _ => return None,
    };
    let for_good = match code {
        ReasonCode::UseAnotherServer => false,
        ReasonCode::ServerMoved => true,
        _ => return None,
    };
    Some(Redirect {
        reference: reference.clone(),
        for_good,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(reason_code: ReasonCode, reference: Option<&str>) -> Ended {
        Ended::ConnectFailed(ConnectError::Refused {
            reason_code,
            reason_string: None,
            server_reference: reference.map(str::to_owned),
        })
    }

    fn at(host: &str) -> Redirects {
        let mut redirects = Redirects::default();
        redirects.set_server(Server::new(host));
        redirects
    }

    #[test]
    fn only_what_can_be_used_is_followed() {
        let mut redirects = at("a.example");
        for (code, reference, expected) in [
            (ReasonCode::UseAnotherServer, Some("b.example"), Some(false)),
            (ReasonCode::ServerMoved, Some("b.example"), Some(true)),
            (ReasonCode::ServerBusy, Some("b.example"), None),
            (ReasonCode::ServerMoved, None, None),
            (ReasonCode::ServerMoved, Some("a.example"), None),
            (ReasonCode::ServerMoved, Some("mqtts://b.example"), None),
        ] {
            let redirect = redirects.follow(&refused(code, reference), 100);
            assert_eq!(redirect.map(|it| it.for_good), expected, "{reference:?}");
        }
        let disconnected = Ended::Disconnected(DisconnectCause::ServerDisconnect {
            reason_code: ReasonCode::UseAnotherServer,
            reason_string: None,
            server_reference: Some("c.example:9".into()),
        });
        let redirect = redirects.follow(&disconnected, 1).unwrap();
        assert_eq!(
            (&*redirect.reference, redirect.for_good),
            ("c.example:9", false)
        );
        // Who does not know where it is goes nowhere.
        assert_eq!(Redirects::default().follow(&disconnected, 1), None);
    }

    #[test]
    fn so_many_are_followed_in_a_row() {
        let sent = refused(ReasonCode::UseAnotherServer, Some("b.example"));
        let mut redirects = at("a.example");
        assert_eq!(redirects.follow(&sent, 0), None, "not at all");
        let mut follow = |ended: &Ended| redirects.follow(ended, 2).is_some();
        assert_eq!(
            [follow(&sent), follow(&sent), follow(&sent)],
            [true, true, false]
        );
        assert!(!follow(&Ended::ConnectFailed(ConnectError::ClosedByServer)));
        assert!(follow(&sent), "it was no row any more");
        assert!(follow(&sent) && !follow(&sent));
        redirects.reset();
        assert!(redirects.follow(&sent, 2).is_some());
    }
}
