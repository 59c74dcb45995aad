//! The agent's words in the gateway's, and back.

use borne_gateway_api::update::{Health, LastUpdate, Outcome};
use borne_gateway_api::{StatusAnswer, StatusRequest};
use borne_ipc::{Answer, Report, Terminal, Update};

/// `None` when the agent's version is none.
pub fn request(report: Report, terminal: Terminal) -> Option<StatusRequest> {
    let last = match report.last {
        Some(last) => {
            let outcome = outcome(last.outcome);
            Some(LastUpdate { offer: last.offer, version: last.version.parse().ok()?, outcome })
        }
        None => None,
    };
    let health = Health {
        units: report.units && terminal.egress,
        screen: terminal.screen,
        reader: terminal.reader,
        browser: terminal.browser,
    };
    let version = report.version.parse().ok()?;
    Some(StatusRequest {
        board: report.board,
        slot: report.slot,
        version,
        confirmed: report.confirmed,
        health,
        last,
    })
}

pub fn answer(answer: StatusAnswer) -> Answer {
    Answer::Heard(answer.update.map(|update| Update {
        offer: update.offer,
        version: update.version.to_string(),
        url: update.url,
        manifest_sha256: update.manifest_sha256,
        hours: update.hours.map(|hours| (hours.from, hours.to)),
    }))
}

const fn outcome(outcome: borne_ipc::Outcome) -> Outcome {
    match outcome {
        borne_ipc::Outcome::Installing => Outcome::Installing,
        borne_ipc::Outcome::Installed => Outcome::Installed,
        borne_ipc::Outcome::Confirmed => Outcome::Confirmed,
        borne_ipc::Outcome::Returned => Outcome::Returned,
        borne_ipc::Outcome::Refused => Outcome::Refused,
        borne_ipc::Outcome::Failed => Outcome::Failed,
    }
}
