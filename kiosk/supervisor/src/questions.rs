//! Questions to the gateway that a person waits for: one in flight, and the newest is meant.
//!
//! Duties: ask about a badge or a PIN, hand the answer to the machine. A newer question ends the
//! asking about a badge; a PIN is never given up half-way, since its answer may be a session that
//! has to be ended. Never: decide; keep a question that a newer one has replaced.

use crate::gateway::{Client, Identity};
use crate::machine::{Event, GatewayError};
use borne_gateway_api::TapId;
use borne_ipc::{Card, Secret};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};

/// After a question that was given up for a newer one: no hand lays cards faster, and each question
/// is a handshake.
const PAUSE: Duration = Duration::from_millis(100);

/// The client, once the terminal has joined.
pub type Joined = watch::Receiver<Option<(Client, Arc<Identity>)>>;

/// One question.
pub enum Question {
    /// `POST /v1/tap`.
    Tap {
        /// Its number.
        asked: u64,
        /// The badge.
        card: Card,
    },
    /// `POST /v1/pin`.
    Pin {
        /// Its number.
        asked: u64,
        /// The tap.
        tap: TapId,
        /// Six digits.
        pin: Secret,
    },
}

/// Where the next question lies until the one before is answered or given up.
#[derive(Default)]
struct Slot {
    next: RefCell<Option<Question>>,
    laid: Notify,
}

/// Takes questions.
pub struct Questions(Rc<Slot>);

impl Questions {
    /// Begins to answer, on this thread's local set.
    pub fn start(joined: Joined, events: mpsc::Sender<Event>) -> Self {
        let slot = Rc::<Slot>::default();
        tokio::task::spawn_local(work(Rc::clone(&slot), joined, events));
        Self(slot)
    }

    /// Asks this next; a question that still waits is dropped.
    pub fn ask(&self, question: Question) {
        self.0.next.replace(Some(question));
        self.0.laid.notify_one();
    }
}

async fn work(slot: Rc<Slot>, joined: Joined, events: mpsc::Sender<Event>) {
    loop {
        slot.laid.notified().await;
        let Some(question) = slot.next.take() else { continue };
        let may_be_given_up = matches!(question, Question::Tap { .. });
        let event = tokio::select! {
            event = answer(&joined, question) => event,
            () = slot.laid.notified(), if may_be_given_up => {
                slot.laid.notify_one();
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// The gateway's answer; without a client there is one too.
async fn answer(joined: &Joined, question: Question) -> Event {
    let client = joined.borrow().as_ref().map(|(client, _)| client.clone());
    match question {
        Question::Tap { asked, card } => {
            let answer = match client {
                Some(client) => client.tap(&card).await.map_err(|error| error.as_answer()),
                None => Err(GatewayError::Unreachable),
            };
            Event::TapAnswered { asked, answer }
        }
        Question::Pin { asked, tap, pin } => {
            let answer = match client {
                Some(client) => client.pin(tap, pin).await.map_err(|error| error.as_answer()),
                None => Err(GatewayError::Unreachable),
            };
            Event::PinAnswered { asked, answer }
        }
    }
}
