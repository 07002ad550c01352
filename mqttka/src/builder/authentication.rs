//! Enhanced authentication of MQTT 5.0 (section 4.12).

use std::sync::Arc;

use mqttka_core::client::Authenticator;

use super::Builder;
use crate::{Answer, Client};

impl Builder {
    /// Enhanced authentication, MQTT 5.0 only: proves to the broker who the client is, in as many
    /// steps as the method has, and has the broker prove what it is, before the client is
    /// connected. It is asked on a thread of the library's own, and may answer later. Default:
    /// none.
    ///
    /// ```
    /// use mqttka::{AuthenticationRequest, AuthenticationStep, Authenticator, Bytes, Client};
    ///
    /// struct Token;
    ///
    /// impl Authenticator for Token {
    ///     fn method(&self) -> &str {
    ///         "token"
    ///     }
    ///     fn authenticate(&self, request: AuthenticationRequest) {
    ///         match &request.step {
    ///             AuthenticationStep::Start { .. } => request.reply(Some(Bytes::from("a token"))),
    ///             AuthenticationStep::Finish { .. } => request.reply(None),
    ///             _ => request.fail("this method has one step", true),
    ///         }
    ///     }
    /// }
    ///
    /// let builder = Client::builder("mqtts://broker.example").authenticator(Token);
    /// # builder.options()?;
    /// # Ok::<(), mqttka::Error>(())
    /// ```
    pub fn authenticator(mut self, authenticator: impl Authenticator) -> Self {
        self.options.authenticator = Some(Arc::new(authenticator));
        self
    }

    /// Authenticates by SCRAM-SHA-256 with this user name and password: the password is told to
    /// nobody, and a broker that does not know it gets no connection. For other bounds there is
    /// [`authenticator`](Self::authenticator) with a [`ScramSha256`](crate::ScramSha256).
    ///
    /// ```
    /// use mqttka::Client;
    ///
    /// let builder = Client::builder("mqtts://broker.example").scram_sha256("device-7", "pencil");
    /// # builder.options()?;
    /// # Ok::<(), mqttka::Error>(())
    /// ```
    #[cfg(feature = "scram")]
    pub fn scram_sha256(self, user_name: impl AsRef<str>, password: impl AsRef<str>) -> Self {
        let scram = crate::ScramSha256::new(user_name.as_ref(), password.as_ref());
        self.read(scram.map_err(crate::Error::from), |options, it| {
            options.authenticator = Some(Arc::new(it));
        })
    }
}

impl Client {
    /// Proves to the broker anew who the client is, with the client's
    /// [`authenticator`](Builder::authenticator), while the connection goes on: for example before a
    /// token expires. It begins at once; `.await` tells the outcome. It fails with
    /// [`Error::Refused`](crate::Error::Refused) or
    /// [`Error::Authentication`](crate::Error::Authentication), for which the connection ends, with
    /// [`Error::NotConnected`](crate::Error::NotConnected), or with
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) where there is no authenticator.
    ///
    /// ```no_run
    /// # async fn example(client: mqttka::Client) -> Result<(), mqttka::Error> {
    /// client.reauthenticate().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reauthenticate(&self) -> Answer {
        Answer::of(|completion| self.core.reauthenticate(completion))
    }
}
