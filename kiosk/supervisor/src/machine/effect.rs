//! What the machine wants done. The runtime does it and reports back by an event; it never decides.

use borne_gateway_api::{EndReason, Grant, SessionId, TapId};
use borne_ipc::{AgentOrder, Card, PanelState, Report, Screen, Secret, Terminal};

/// One thing to do.
#[derive(Debug)]
pub enum Effect {
    /// Order the shell to draw.
    Show {
        /// Grows by one with every order; the shell's `Painted` names it.
        serial: u64,
        screen: Screen,
    },
    /// Tell the shell how much of an update is written.
    ShowUpdate(Option<u8>),
    /// Tell the panel what to show.
    TellPanel(PanelState),
    /// `POST /v1/status`, then [`super::Event::ReportAnswered`].
    Report {
        /// What the agent knows.
        report: Report,
        /// What the machine knows.
        terminal: Terminal,
    },
    /// Tell the agent.
    TellAgent(AgentOrder),
    /// `POST /v1/tap`, then [`super::Event::TapAnswered`].
    AskTap {
        /// The question.
        asked: u64,
        /// The badge.
        card: Card,
    },
    /// `POST /v1/pin`, then [`super::Event::PinAnswered`].
    AskPin {
        /// The question.
        asked: u64,
        /// The tap.
        tap: TapId,
        /// Six digits.
        pin: Secret,
    },
    /// `POST /v1/end`, then [`super::Event::EndAnswered`].
    EndSession { session: SessionId, reason: EndReason },
    /// Start a sandbox; its browser is told the policy at once.
    StartBrowser {
        /// Its number.
        generation: u64,
    },
    /// Sign the ticket and order the browser to open.
    OpenBrowser {
        generation: u64,
        /// The login.
        grant: Grant,
    },
    /// Order the browser back.
    BrowserBack { generation: u64 },
    /// Order the browser to visit logout URLs.
    VisitLogout {
        generation: u64,
        /// In this order.
        urls: Vec<String>,
    },
    /// Kill a sandbox nobody has used; [`super::Event::BrowserGone`] follows.
    KillBrowser { generation: u64 },
    /// Kill the sandbox and prove that nothing is left; [`super::Event::Wiped`] follows.
    Wipe { generation: u64 },
}
