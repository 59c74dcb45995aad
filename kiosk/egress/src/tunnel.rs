//! Bytes both ways. One side saying "no more" (half-close) is passed on and the other way stays
//! open; when nothing moves in either direction for a while, the tunnel is over: sooner when one
//! way is closed, for then the client may be dead.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Bytes carried at a time in each direction.
const CHUNK: usize = 16 * 1024;
/// Longest silence once one way is closed. A client that was killed looks like one that
/// half-closed.
const IDLE_HALF_CLOSED: Duration = Duration::from_secs(15);

/// Carries until both sides are done.
///
/// # Errors
/// The first failure of either side; [`io::ErrorKind::TimedOut`] after `idle` without a byte.
pub async fn carry(
    a: impl AsyncRead + AsyncWrite + Unpin,
    b: impl AsyncRead + AsyncWrite + Unpin,
    idle: Duration,
) -> io::Result<()> {
    let pulse = Pulse::new(idle);
    let ((from_a, to_a), (from_b, to_b)) = (split(a), split(b));
    tokio::select! {
        both = async { tokio::try_join!(one_way(from_a, to_b, &pulse), one_way(from_b, to_a, &pulse)) } => both.map(|_| ()),
        () = pulse.stops() => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    pulse: &Pulse,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = from.read(&mut chunk).await?;
        if count == 0 {
            pulse.shorten(IDLE_HALF_CLOSED);
            return to.shutdown().await;
        }
        to.write_all(&chunk[..count]).await?;
        pulse.beat();
    }
}

/// When something last moved, and how long nothing may.
struct Pulse {
    begun: Instant,
    last_ms: AtomicU64,
    idle_ms: AtomicU64,
    shortened: Notify,
}

impl Pulse {
    fn new(idle: Duration) -> Self {
        let idle_ms = AtomicU64::new(milliseconds(idle));
        Self {
            begun: Instant::now(),
            last_ms: AtomicU64::new(0),
            idle_ms,
            shortened: Notify::new(),
        }
    }

    fn beat(&self) {
        self.last_ms.store(milliseconds(self.begun.elapsed()), Ordering::Relaxed);
    }

    fn shorten(&self, idle: Duration) {
        self.beat();
        self.idle_ms.fetch_min(milliseconds(idle), Ordering::Relaxed);
        self.shortened.notify_one();
    }

    async fn stops(&self) {
        loop {
            let quiet_at =
                self.last_ms.load(Ordering::Relaxed) + self.idle_ms.load(Ordering::Relaxed);
            let over = self.begun + Duration::from_millis(quiet_at);
            if Instant::now() >= over {
                return;
            }
            tokio::select! {
                () = sleep_until(over) => {}
                () = self.shortened.notified() => {}
            }
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    // A day is beyond any tunnel, and sums of two stay far from the end of the type.
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).min(86_400_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    fn run<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(future)
    }

    #[test]
    fn a_half_close_is_passed_on_and_the_answer_still_comes() {
        run(async {
            let ((mut client, a), (mut server, b)) = (duplex(64), duplex(64));
            let carried = carry(a, b, Duration::from_secs(5));
            let talk = async {
                client.write_all(b"question").await.unwrap();
                client.shutdown().await.unwrap();
                let mut asked = String::new();
                server.read_to_string(&mut asked).await.unwrap();
                server.write_all(b"answer").await.unwrap();
                server.shutdown().await.unwrap();
                let mut answered = String::new();
                client.read_to_string(&mut answered).await.unwrap();
                (asked, answered)
            };
            let (end, (asked, answered)) = tokio::join!(carried, talk);
            assert!(end.is_ok());
            assert_eq!((asked.as_str(), answered.as_str()), ("question", "answer"));
        });
    }

    #[test]
    fn a_silent_tunnel_is_closed() {
        run(async {
            let ((_client, a), (_server, b)) = (duplex(64), duplex(64));
            let end = carry(a, b, Duration::from_millis(30)).await;
            assert_eq!(end.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        });
    }
}
