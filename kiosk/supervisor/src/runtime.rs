//! Does what the machine decides: one loop, one clock, one machine.
//!
//! Duties: events in, effects out, the next deadline. Never: a decision of its own.

use crate::browser::Request;
use crate::gateway::{CallError, Client, Ends, Identity};
use crate::machine::{Effect, Event, GatewayError, Machine, Moment, Times};
use crate::peers::{First, Told};
use crate::questions::{Joined, Question, Questions};
use crate::settings::Settings;
use crate::starter::Starter;
use crate::{browser, gateway, peers};
use borne_config::CheckedConfig;
use borne_gateway_api::{EndReason, Grant, SessionId};
use borne_ipc::{
    BrowserEvent, BrowserOrder, BrowserPolicy, EgressOrder, LoadFailure, PanelOrder,
    ProvisionFault, Screen, ShellOrder, paths,
};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};

/// Pauses between tries to tell the gateway that a session is over; after the last one the
/// heartbeat has told it.
const END_RETRIES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];

/// Requests that the browser's manager has not come to. It serves them in milliseconds, and the
/// machine makes few: one that has so many before it hangs.
const REQUESTS: usize = 64;

/// The browser's manager serves no request any more.
#[derive(Debug, thiserror::Error)]
#[error("the browser's manager does not answer: nothing could be ended or wiped any more")]
struct Stuck;

struct Runtime {
    told: Told,
    browser: mpsc::Sender<Request>,
    questions: Questions,
    joined: Joined,
    session: watch::Sender<Option<SessionId>>,
    events: mpsc::Sender<Event>,
}

/// Runs until SIGTERM or SIGINT; `advice` is shown first.
///
/// # Errors
/// When the socket cannot be bound or signals cannot be taken, and when a part of the supervisor
/// has stopped: the init starts it again, and it wipes first.
pub async fn run(
    settings: Settings,
    config: CheckedConfig,
    advice: Option<ProvisionFault>,
) -> std::io::Result<()> {
    let (events, mut inbox) = mpsc::channel(256);
    let (browser, requests) = mpsc::channel(REQUESTS);
    let (joined_sender, joined) = watch::channel(None);
    let (session, shown) = watch::channel(None);
    let (quiet, quiet_receiver) = watch::channel(true);
    let told = Told::default();
    let allow = EgressOrder::Allow { places: config.allow.clone(), lan: config.lan.clone() };
    let first = First { allow, modes: config.panel };
    let policy = BrowserPolicy {
        allow: config.allow.clone(),
        warm_url: config.warm_url.clone(),
        zoom_percent: config.zoom_percent,
        mailto: config.mailto.clone(),
    };

    let mut serving = peers::serve(
        &paths::supervisor_socket(&settings.run),
        first,
        told.clone(),
        events.clone(),
    )?;
    let starter = Starter::new(&settings.run, config.ca.clone());
    let manager = tokio::spawn(browser::manage(starter, policy, requests, events.clone()));
    tokio::spawn(gateway::keep_link(
        config.clone(),
        settings.data.clone(),
        settings.clock.clone(),
        Ends {
            joined: joined_sender,
            session: shown,
            quiet: quiet_receiver,
            events: events.clone(),
        },
    ));

    let times = Times {
        idle: config.idle,
        countdown: config.countdown,
        max: config.max,
        sleep: config.sleep,
    };
    let mut machine =
        Machine::new(times, config.standby, settings.data.join("terminal.crt").exists());
    if let Some(advice) = advice {
        tracing::warn!(?advice, "the card should be corrected: the screen says how");
        machine.advise(advice);
    }
    let questions = Questions::start(joined.clone(), events.clone());
    let runtime = Runtime { told, browser, questions, joined, session, events };
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let start = Instant::now();
    loop {
        let deadline = machine.deadline(start.elapsed());
        let event = tokio::select! {
            event = inbox.recv() => event.unwrap_or(Event::Tick),
            () = until(start, deadline) => Event::Tick,
            ended = &mut serving => return Err(ended.unwrap_or_else(std::io::Error::other)),
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let before = machine.state.name();
        let effects = machine.step(event, start.elapsed());
        let after = machine.state.name();
        quiet.send_replace(machine.is_quiet());
        if before != after {
            tracing::info!(state = after, "state");
        }
        for effect in effects {
            runtime.perform(effect).map_err(std::io::Error::other)?;
        }
    }
    // The sandbox dies before us; the gateway hears of it at the next start, or by the heartbeat.
    drop(runtime);
    let _ = manager.await;
    Ok(())
}

async fn until(start: Instant, deadline: Option<Moment>) {
    match deadline {
        Some(moment) => tokio::time::sleep_until((start + moment).into()).await,
        None => std::future::pending().await,
    }
}

impl Runtime {
    fn perform(&self, effect: Effect) -> Result<(), Stuck> {
        match effect {
            Effect::Show { serial, screen } => {
                // What the person is told is told to IT as well; neither names anybody.
                match &screen {
                    Screen::Message(notice) => tracing::warn!(?notice, "message"),
                    Screen::Session { notice: Some(strip), .. } => {
                        tracing::warn!(?strip, "message")
                    }
                    Screen::OutOfService(outage) => tracing::warn!(?outage, "out of service"),
                    _ => {}
                }
                self.told.shell.send(ShellOrder::Show { serial, screen });
            }
            Effect::ShowUpdate(percent) => self.told.shell.send(ShellOrder::Update(percent)),
            Effect::TellPanel(state) => self.told.panel.send(PanelOrder::Show(state)),
            Effect::TellAgent(order) => self.told.agent.send(order),
            Effect::Report { report, terminal } => self.ask(
                async move |client, _| {
                    let answer = client.status(report, terminal).await;
                    Event::ReportAnswered(answer.map_err(|error| error.as_answer()))
                },
                |error| Event::ReportAnswered(Err(error)),
            ),
            Effect::AskTap { asked, card } => self.questions.ask(Question::Tap { asked, card }),
            Effect::AskPin { asked, tap, pin } => {
                self.questions.ask(Question::Pin { asked, tap, pin })
            }
            Effect::EndSession { session, reason } => self.end(session, reason),
            Effect::StartBrowser { generation } => self.request(Request::Start(generation))?,
            Effect::OpenBrowser { generation, grant } => self.open(generation, &grant)?,
            Effect::BrowserBack { generation } => {
                self.request(Request::Order(generation, BrowserOrder::Back))?
            }
            Effect::VisitLogout { generation, urls } => {
                self.request(Request::Order(generation, BrowserOrder::VisitLogout { urls }))?
            }
            Effect::KillBrowser { generation } => self.request(Request::Kill(generation))?,
            Effect::Wipe { generation } => self.request(Request::Wipe(generation))?,
        }
        Ok(())
    }

    fn request(&self, request: Request) -> Result<(), Stuck> {
        self.browser.try_send(request).map_err(|_| Stuck)
    }

    /// Asks the gateway in the background and reports; without a client there is an answer too.
    fn ask<F>(&self, question: F, unreachable: impl FnOnce(GatewayError) -> Event)
    where
        F: AsyncFnOnce(Client, Arc<Identity>) -> Event + 'static,
    {
        let events = self.events.clone();
        match self.joined.borrow().clone() {
            Some((client, identity)) => {
                tokio::task::spawn_local(async move {
                    events.send(question(client, identity).await).await
                });
            }
            None => {
                let event = unreachable(GatewayError::Unreachable);
                tokio::task::spawn_local(async move { events.send(event).await });
            }
        }
    }

    fn open(&self, generation: u64, grant: &Grant) -> Result<(), Stuck> {
        self.session.send_replace(Some(grant.session.clone()));
        let identity = self.joined.borrow().clone().map(|(_, identity)| identity);
        let identity = identity.ok_or_else(|| CallError::Key("there is none yet".into()));
        let proof = identity.and_then(|own| own.prove(&grant.ticket));
        match proof {
            Ok(ticket) => {
                let order = BrowserOrder::Open { redeem_url: grant.redeem_url.clone(), ticket };
                self.request(Request::Order(generation, order))
            }
            Err(error) => {
                tracing::error!(%error, "the login ticket cannot be signed");
                let event = BrowserEvent::OpenFailed(LoadFailure::TicketRefused);
                let (events, event) = (self.events.clone(), Event::Browser { generation, event });
                tokio::task::spawn_local(async move { events.send(event).await });
                Ok(())
            }
        }
    }

    fn end(&self, session: SessionId, reason: EndReason) {
        tracing::info!(?reason, "session ends");
        self.session.send_if_modified(|shown| {
            let ours = shown.as_ref() == Some(&session);
            if ours {
                *shown = None;
            }
            ours
        });
        self.ask(
            async move |client, _| {
                for pause in END_RETRIES {
                    tokio::time::sleep(pause).await;
                    match client.end(session.clone(), reason).await {
                        Ok(_) => break,
                        Err(error) => tracing::warn!(%error, "gateway not told of the end"),
                    }
                }
                Event::EndAnswered { session }
            },
            |_| Event::Tick,
        );
    }
}
