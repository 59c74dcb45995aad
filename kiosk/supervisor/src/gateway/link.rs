//! The heartbeat: joins if needed, says "I start afresh", then always keeps one poll in flight.

use super::clock::GatewayClock;
use super::identity::{self, Joining, erase_token};
use super::renewal::{self, Renewal, is_refusal};
use super::{CallError, Client, Identity, network};
use crate::machine::{Event, GatewayLink};
use borne_config::CheckedConfig;
use borne_gateway_api::{POLL_HOLD_MS, SessionId};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Pause after a call that had no answer.
const RETRY: Duration = Duration::from_millis(700);
/// A poll that is not answered by then has lost the gateway.
const POLL: Duration = Duration::from_millis(POLL_HOLD_MS + 1_500);

/// What the runtime needs to talk to the gateway; there once the terminal has joined.
pub type Joined = (Client, Arc<Identity>);

/// What the link hears from the runtime and tells it.
pub struct Ends {
    /// Gets the client once there is one, and the identity it shows.
    pub joined: watch::Sender<Option<Joined>>,
    /// What the terminal is showing.
    pub session: watch::Receiver<Option<SessionId>>,
    /// Whether nobody is logged in or logging in.
    pub quiet: watch::Receiver<bool>,
    /// To the machine.
    pub events: mpsc::Sender<Event>,
}

/// Runs for ever. `clock` is the directory for the gateway's time.
pub async fn keep(config: CheckedConfig, data: PathBuf, clock: PathBuf, ends: Ends) {
    let Ends { joined, mut session, quiet, events } = ends;
    let (mut told, clock) = (GatewayLink::Unknown, GatewayClock::beside(&clock));
    let client = loop {
        match start(&config, &data).await {
            Ok((client, identity)) => {
                joined.send_replace(Some((client.clone(), Arc::new(identity))));
                break client;
            }
            Err(error) => tell(&mut told, Err(error), &events).await,
        }
        tokio::time::sleep(RETRY).await;
    };
    tell(&mut told, Ok(()), &events).await;
    let mut renewal = Renewal::new(data, joined, quiet);
    loop {
        say(renewal.change(&client));
        let shown = session.borrow_and_update().clone();
        let answer = tokio::select! {
            answer = tokio::time::timeout(POLL, client.poll(shown.clone())) => answer,
            changed = session.changed() => if changed.is_ok() { continue } else { return },
        };
        let answer = answer.unwrap_or_else(|_| {
            Err(CallError::Unreachable {
                path: borne_gateway_api::path::POLL,
                cause: "timeout".into(),
            })
        });
        match answer {
            Ok(answer) => {
                tell(&mut told, Ok(()), &events).await;
                if let (true, Some(session)) = (answer.end_session, shown) {
                    let _ = events.send(Event::EndSession { session }).await;
                }
                if let Some(time) = client.time() {
                    say(clock.heard(time, client.trust()));
                }
                say(renewal.answered(&client, answer.renew).await);
            }
            Err(error) if is_refusal(&error) && renewal.refused(&client) => {}
            Err(error) => {
                tell(&mut told, Err(error), &events).await;
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// What can be done without: the log has it.
fn say(outcome: Result<(), CallError>) {
    if let Err(error) = outcome {
        tracing::warn!("{error}");
    }
}

/// Joins or loads the identity, then tells the gateway that every session of this terminal is over.
async fn start(config: &CheckedConfig, data: &Path) -> Result<(Client, Identity), CallError> {
    if let Some(next) = renewal::kept(data)? {
        match begin(config, data, next).await {
            Ok(joined) => {
                say(renewal::settle(data));
                return Ok(joined);
            }
            Err(error) if is_refusal(&error) => tracing::warn!("what was renewed: {error}"),
            Err(error) => return Err(error),
        }
    }
    let identity = match Identity::load(data)? {
        Some(identity) => {
            erase_token(data)?;
            identity
        }
        None => join(config, data).await?,
    };
    let joined = begin(config, data, identity).await?;
    // Whatever followed it was refused, or is of before it joined.
    say(renewal::discard(data));
    Ok(joined)
}

async fn begin(
    config: &CheckedConfig,
    data: &Path,
    identity: Identity,
) -> Result<(Client, Identity), CallError> {
    let client = Client::new(&config.gateway_url, &config.ca, Some(&identity))?;
    client.show_run(identity::kept_run(data)?);
    let answer = client.start().await?;
    if let Some(run) = answer.run {
        match identity::keep_run(data, &run) {
            Ok(()) => client.show_run(Some(run)),
            // The gateway takes the one before as long as the new one was never shown.
            Err(error) => tracing::error!("{error}"),
        }
    }
    tracing::info!(terminal = answer.terminal, "gateway answers");
    Ok((client, identity))
}

async fn join(config: &CheckedConfig, data: &Path) -> Result<Identity, CallError> {
    let joining = Joining::begin(data)?;
    let client = Client::new(&config.gateway_url, &config.ca, None)?;
    let answer = client.join(joining.token.clone(), joining.request_pem()?).await?;
    tracing::info!(terminal = answer.terminal, "joined the gateway");
    joining.finish(data, &answer)
}

/// Tells the machine when the link has changed, and the log why.
async fn tell(
    told: &mut GatewayLink,
    outcome: Result<(), CallError>,
    events: &mpsc::Sender<Event>,
) {
    let link = match outcome.as_ref().map_or_else(CallError::as_link, |()| GatewayLink::Up) {
        GatewayLink::Down => network::explain(Path::new(network::NETWORKD)),
        link => link,
    };
    if std::mem::replace(told, link) != link {
        if let Err(error) = outcome {
            tracing::warn!("{error}");
        }
        let _ = events.send(Event::Gateway(link)).await;
    }
}
