//! Sessions that applications hold under one of ours, whatever each application speaks.

use crate::{StorageError, Tx, during};
use borne_gateway_model::LogoutStrategy;
use borne_gateway_model::api::SessionId;

impl Tx {
    /// Remembers that an application has let the agent in, and how that will be ended. Where it lets
    /// her in again and would be told the same, there is nothing new to remember.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_app_session(
        &mut self,
        session: &SessionId,
        application: &str,
        logout: &LogoutStrategy,
    ) -> Result<(), StorageError> {
        let (word, address, handle) = logout.parts();
        let done = sqlx::query(
            "INSERT INTO app_session (session, application, logout, address, handle)
             SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS
             (SELECT 1 FROM app_session WHERE session = $1 AND application = $2 AND logout = $3
              AND address IS $4 AND handle IS $5)",
        )
        .bind(&session.0)
        .bind(application)
        .bind(word)
        .bind(address)
        .bind(handle)
        .execute(self.on())
        .await;
        during("remember an application's session", done.map(drop))
    }
}
