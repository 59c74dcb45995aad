//! The connection to the supervisor: made again whenever it is lost. The agent lives on without it,
//! since a slot whose supervisor does not come up is one that must be left.

use crate::machine::Event;
use borne_ipc::frame::{self, Decoder};
use borne_ipc::{AgentEvent, AgentOrder};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

const RETRY: Duration = Duration::from_millis(500);

/// Runs for ever: `Connected`, orders, `Gone`, and again. What is to be said while nobody is there
/// is dropped: everything that lasts is said anew after `Connected`.
pub async fn keep(
    socket: PathBuf,
    events: mpsc::Sender<Event>,
    mut said: mpsc::UnboundedReceiver<AgentEvent>,
) {
    loop {
        if let Ok(stream) = UnixStream::connect(&socket).await {
            while said.try_recv().is_ok() {}
            if events.send(Event::Connected).await.is_err() {
                return;
            }
            let why = converse(stream, &events, &mut said).await;
            tracing::info!(why, "supervisor gone");
            if events.send(Event::Gone).await.is_err() {
                return;
            }
        }
        tokio::time::sleep(RETRY).await;
    }
}

async fn converse(
    mut stream: UnixStream,
    events: &mpsc::Sender<Event>,
    said: &mut mpsc::UnboundedReceiver<AgentEvent>,
) -> String {
    let (mut read, mut write) = stream.split();
    let (mut decoder, mut bytes) = (Decoder::default(), [0; 4096]);
    loop {
        tokio::select! {
            event = said.recv() => {
                let Some(event) = event else { return "the agent ends".to_owned() };
                let frame = match frame::encode(&event) {
                    Ok(frame) => frame,
                    Err(error) => return error.to_string(),
                };
                if let Err(error) = write.write_all(&frame).await {
                    return error.to_string();
                }
            }
            count = read.read(&mut bytes) => match count {
                Ok(0) => return "closed".to_owned(),
                Ok(count) => {
                    decoder.push(bytes.get(..count).unwrap_or_default());
                    loop {
                        match decoder.next_message::<AgentOrder>() {
                            Ok(Some(order)) => {
                                if events.send(Event::Order(order)).await.is_err() {
                                    return "the agent ends".to_owned();
                                }
                            }
                            Ok(None) => break,
                            Err(error) => return error.to_string(),
                        }
                    }
                }
                Err(error) => return error.to_string(),
            },
        }
    }
}
